// One listener on one worker: lets connections in as far as its limits go, and counts them.
//
//   Listener listener(plan, reactor, gateway, metrics);
//   listener.admit(accepted);                // or closed at once, where there are too many
//   listener.use(newer_plan);                // a reload
//   listener.retire();                       // it is gone from the configuration
//   listener.drain(spread); ... listener.cut();
#pragma once
#include "net/session.hpp"
#include "server/listener_plan.hpp"
#include "sluice/metrics.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::server {

class Listener {
 public:
  Listener(const ListenerPlan& plan, net::Reactor& reactor, const Handler& handler,
           telemetry::Metrics& metrics);
  Listener(const Listener&) = delete;

  // Of the same name.
  void use(const ListenerPlan& plan);

  // Takes the descriptor over.
  void admit(const net::Accepted& accepted) noexcept;
  void accept_failed(int error) noexcept;

  void retire() { context_.retire(); }
  void drain(Duration spread) { context_.drain(spread); }
  void cut() { context_.cut(); }
  std::size_t connections() const noexcept { return context_.size(); }

 private:
  void closed(const IpAddress& peer) noexcept;
  void refuse(const net::Accepted& accepted, Admission why) noexcept;

  ListenerPlan plan_;
  telemetry::WorkerMetrics& metrics_;
  std::size_t worker_;
  Counter too_many_;
  Counter too_many_of_address_;
  net::ListenerContext context_;  // last: its connections end first, and are counted
};

}  // namespace sluice::server
