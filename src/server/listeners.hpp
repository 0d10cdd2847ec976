// All listeners of one worker, and the sockets that it accepts from.
//
//   Listeners listeners(reactor, gateway, metrics);
//   listeners.publish(plans);           // at start and at each reload
//   listeners.stop_accepting();         // drain: what is queued is still taken
//   listeners.drain(spread);               // idle connections close, the others after their exchange
//   listeners.cut();                    // the end of patience
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/accept_loop.hpp"
#include "server/listener.hpp"

namespace sluice::server {

class Listeners {
 public:
  Listeners(net::Reactor& reactor, const Handler& handler, telemetry::Metrics& metrics)
      : reactor_(reactor), handler_(handler), metrics_(metrics) {}
  Listeners(const Listeners&) = delete;

  // A socket that was there before is kept, even if it is another listener's now. A listener that is gone
  // drains and disappears with its last connection.
  void publish(const ListenerPlans& plans);

  void stop_accepting() noexcept;
  // WebSockets are told one after the other, within `spread`.
  void drain(Duration spread);
  void cut();
  std::size_t connections() const noexcept;

 private:
  using Loops = std::vector<std::unique_ptr<AcceptLoop>>;

  Listener& listener_of(const ListenerPlan& plan);
  void accept_from(const std::shared_ptr<Listening>& sockets, Listener& listener, Loops& next);
  void retire_listeners_not_in(const ListenerPlans& plans);
  void forget_finished();

  net::Reactor& reactor_;
  const Handler& handler_;
  telemetry::Metrics& metrics_;
  std::map<std::string, std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Listener>> retired_;
  Loops loops_;
};

}  // namespace sluice::server
