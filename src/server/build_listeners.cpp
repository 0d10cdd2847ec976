#include "server/build_listeners.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

http::HeadLimits head_limits(const config::ListenerLimits& limits, const config::Paths& paths) {
  http::HeadLimits h;
  h.head = limits.head.bytes;
  h.target = limits.target.bytes;
  h.fields = limits.fields;
  h.merge_slashes = paths.merge_slashes;
  return h;
}

// Bytes in a second, at least one where there is a rate at all.
std::uint64_t per_second(const OrOff<ByteRate>& rate) {
  if (!rate) return 0;
  auto seconds = std::chrono::duration<double>(rate->per).count();
  return std::max<std::uint64_t>(1,
                                 static_cast<std::uint64_t>(static_cast<double>(rate->size.bytes) / seconds));
}

ConnectionBounds bounds(const config::ListenerLimits& limits) {
  return {limits.connections.value_or(ConnectionBounds::none),
          limits.connections_per_ip.value_or(ConnectionBounds::none)};
}

std::shared_ptr<net::SessionSettings> session_settings(const config::Listener& l,
                                                       const config::Config& config) {
  auto s = std::make_shared<net::SessionSettings>();
  s->limits = head_limits(l.limits, config.paths);
  s->requests_per_connection = l.limits.requests_per_connection.value_or(0);
  s->head_timeout = l.timeouts.head;
  s->body_timeout = l.timeouts.body;
  s->body_rate = per_second(l.timeouts.body_rate);
  s->idle_timeout = l.timeouts.idle;
  s->write_timeout = l.timeouts.write;
  s->proxy_protocol = static_cast<net::ProxyProtocol>(l.proxy_protocol);
  s->trusted_proxies = l.trusted_proxies;
  return s;
}

}  // namespace

ListenerPlan build_listener(const std::string& name, const config::Listener& listener,
                            const config::Config& config, Registries& registries, WallPoint now,
                            net::TlsNotes& notes) {
  auto session = session_settings(listener, config);
  if (listener.tls) session->tls = build_server_tls(name, *listener.tls, registries.tls, now, notes);
  ListenerPlan plan;
  plan.name = name;
  plan.id = registries.metrics.listener(name);
  plan.session = std::move(session);
  plan.bounds = bounds(listener.limits);
  return plan;
}

proxy::ListenerPolicy listener_policy(const std::string& name, const config::Listener& listener,
                                      telemetry::Metrics& metrics) {
  proxy::ListenerPolicy policy;
  policy.name = name;
  policy.id = metrics.listener(name);
  policy.trusted_proxies = listener.trusted_proxies;
  policy.forwarded = listener.forwarded;
  if (listener.redirect_https) policy.redirect_https = *listener.redirect_https;
  return policy;
}

void add_expiries(const ListenerPlan& plan, std::vector<telemetry::CertificateExpiry>& to) {
  if (!plan.session->tls) return;
  for (auto& c : plan.session->tls->certificates())
    to.push_back({.listener = plan.name, .subject = c.subject, .serial = c.serial, .not_after = c.not_after});
}

}  // namespace sluice::server
