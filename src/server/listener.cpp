#include "server/listener.hpp"

#include <unistd.h>

#include <system_error>

#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

Counter refusals(telemetry::Metrics& metrics, const std::string& listener, const char* limit) {
  return metrics.counter({"sluice_connections_refused_total",
                          "Connections closed at once because of a listener's limit.",
                          {{"listener", listener}, {"limit", limit}}});
}

}  // namespace

Listener::Listener(const ListenerPlan& plan, net::Reactor& reactor, const Handler& handler,
                   telemetry::Metrics& metrics)
    : plan_(plan),
      metrics_(metrics.worker(reactor.worker().index)),
      worker_(reactor.worker().index),
      too_many_(refusals(metrics, plan.name, "connections")),
      too_many_of_address_(refusals(metrics, plan.name, "connections_per_ip")),
      context_(plan.name, reactor, handler, plan.session) {
  context_.on_closed = [this](const IpAddress& peer) { closed(peer); };
  context_.on_handshake_failed = [this](const Peer& peer, const Error& why) {
    metrics_.handshake_failure(plan_.id);
    static constinit log::Throttle throttle{1s};
    log::write(throttle, context_.reactor.now(), log::Level::debug, "tls.handshake_failed",
               {{"listener", plan_.name}, {"client", peer.address_text}, {"error", why.cause}});
  };
}

void Listener::use(const ListenerPlan& plan) {
  plan_ = plan;
  context_.settings = plan.session;
}

void Listener::admit(const net::Accepted& accepted) noexcept {
  auto bounds = plan_.bounds;
  // Behind a load balancer everybody has its address.
  if (plan_.session->proxy_protocol != net::ProxyProtocol::off)
    bounds.connections_per_ip = ConnectionBounds::none;
  auto admission = plan_.connections->admit(accepted.address, bounds);
  if (admission != Admission::admitted) return refuse(accepted, admission);
  metrics_.connection_opened(plan_.id);
  net::accept(context_, accepted);
}

void Listener::closed(const IpAddress& peer) noexcept {
  plan_.connections->leave(peer);
  metrics_.connection_closed(plan_.id);
}

void Listener::refuse(const net::Accepted& accepted, Admission why) noexcept {
  bool in_all = why == Admission::too_many;
  (in_all ? too_many_ : too_many_of_address_).add(worker_);
  static constinit log::Throttle throttle{1s};
  log::warn(throttle, context_.reactor.now(), "connection.refused",
            {{"listener", plan_.name},
             {"limit", in_all ? "connections" : "connections_per_ip"},
             {"client", accepted.is_unix ? "unix" : accepted.address.to_string()}});
  ::close(accepted.descriptor);
}

void Listener::accept_failed(int error) noexcept {
  metrics_.accept_error(plan_.id);
  static constinit log::Throttle throttle{1s};
  log::error(throttle, context_.reactor.now(), "accept.failed",
             {{"listener", plan_.name}, {"error", std::generic_category().message(error)}});
}

}  // namespace sluice::server
