// A listener as its workers take it: settings from the configuration, and what it shares among them.
// Immutable.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "net/session.hpp"
#include "server/connection_limits.hpp"
#include "server/system/listening.hpp"
#include "telemetry/labels.hpp"

namespace sluice::server {

struct ListenerPlan {
  std::string name;
  telemetry::ListenerId id = telemetry::ListenerId::none;
  std::shared_ptr<const net::SessionSettings> session;
  ConnectionBounds bounds;
  std::shared_ptr<ConnectionLimits> connections;    // outlives a reload
  std::vector<std::shared_ptr<Listening>> sockets;  // of all its addresses; outlive a reload too
};

using ListenerPlans = std::vector<ListenerPlan>;

}  // namespace sluice::server
