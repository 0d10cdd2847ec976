// What listeners own that outlives a configuration: open sockets, by address, and counts of connections, by
// name. It lives as long as a plan or a worker uses it.
//
//   auto opened = resources.open(config);          // what is open already is taken as it is
//   if (!opened) refuse(opened.failure());
//   attach(*opened, built.listeners);
#pragma once
#include <map>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "server/listener_plan.hpp"

namespace sluice::server {

struct ListenerResource {
  std::shared_ptr<ConnectionLimits> connections;
  std::vector<std::shared_ptr<Listening>> sockets;
};
using OpenedListeners = std::map<std::string, ListenerResource>;  // by the listener's name

class ListenerResources {
 public:
  explicit ListenerResources(unsigned workers) : workers_(workers) {}

  // For every listener. When a socket cannot be opened, those that were opened for this call are closed
  // again.
  Outcome<OpenedListeners> open(const config::Config& config);

 private:
  Outcome<std::shared_ptr<Listening>> socket(const config::Address& address, std::uint32_t backlog);
  std::shared_ptr<ConnectionLimits> count(const std::string& listener);

  unsigned workers_;
  std::map<std::string, std::weak_ptr<Listening>> sockets_;
  std::map<std::string, std::weak_ptr<ConnectionLimits>> counts_;
};

void attach(const OpenedListeners& opened, ListenerPlans& plans);

}  // namespace sluice::server
