#include "proxy/record.hpp"

namespace sluice::proxy {
namespace {

using telemetry::Phases;

// From one point to another, if both were reached.
Duration between(TimePoint from, TimePoint to) noexcept {
  if (from == TimePoint{} || to == TimePoint{} || to < from) return Phases::never;
  return to - from;
}

bool from_upstream(const Exchange& x) noexcept {
  return x.response.status != 0 && !x.response.local && x.timeline.answered != TimePoint{};
}

Phases phases_of(const Exchange& x, TimePoint now) noexcept {
  auto& t = x.timeline;
  Phases p;
  p.head = between(t.start, t.head);
  p.filters = between(t.head, t.forwarded != TimePoint{} ? t.forwarded : t.responded);
  if (t.connected > t.forwarded) p.connect = between(t.forwarded, t.connected);
  p.first_byte = between(t.connected, t.answered);
  if (from_upstream(x)) p.upstream = between(t.connected, now);
  return p;
}

// What the gateway itself added: filters and queues before the request went on, hooks after it was answered.
// Neither the client's nor the upstream's pace counts.
Duration own_time(const Exchange& x, TimePoint now) noexcept {
  auto& t = x.timeline;
  auto responded = t.responded != TimePoint{} ? t.responded : now;
  if (t.forwarded == TimePoint{}) return std::max(Duration{}, between(t.head, responded));
  auto before = std::max(Duration{}, between(t.head, t.forwarded));
  return before + std::max(Duration{}, between(t.answered, responded));
}

telemetry::Source source_of(const Exchange& x) noexcept {
  return from_upstream(x) ? telemetry::Source::upstream : telemetry::Source::gateway;
}

std::string_view cause_of(const Exchange& x, const Outcome& outcome) noexcept {
  std::string_view cause = outcome.error.cause;
  return cause.empty() && x.response.local ? std::string_view(x.response.reason) : cause;
}

std::string_view shown_query(const Exchange& x) {
  return http::masked_query(x.request.query, x.snapshot.get()->secret_parameters, x.arena);
}

}  // namespace

telemetry::AccessRecord record_of(const Exchange& x, const Outcome& outcome, WallPoint began, TimePoint now) {
  auto& request = x.request;
  telemetry::AccessRecord r;
  r.time = began;
  r.request_id = x.id;
  r.client = x.client_text;
  r.listener = x.peer.listener;
  r.protocol = x.protocol;
  r.tls = x.peer.tls_version;
  r.method = request.method_text;
  r.scheme = request.scheme;
  r.host = request.host;
  r.path = request.path;
  r.query = shown_query(x);
  r.status = outcome.status;
  r.source = source_of(x);
  r.route = x.route_name;
  r.upstream = x.upstream.name;
  r.endpoint = x.upstream.endpoint;
  r.attempts = static_cast<std::uint16_t>(x.upstream.attempts);
  r.tries = x.upstream.tries;
  r.received = x.received;
  r.sent = outcome.sent;
  r.duration = std::max(Duration{}, between(x.timeline.start, now));
  r.phases = phases_of(x, now);
  r.flags = outcome.flags;
  r.cause = cause_of(x, outcome);
  r.principal = x.principal.subject;
  r.user_agent = request.fields.get(FieldId::user_agent);
  r.shadow = x.shadowed;
  return r;
}

telemetry::RequestCount count_of(const Exchange& x, const Outcome& outcome, telemetry::ListenerId listener,
                                 TimePoint now) {
  telemetry::RequestCount c;
  c.listener = listener;
  if (x.route) c.route = x.route->id;
  c.method = x.request.method;
  c.status = outcome.status;
  c.source = source_of(x);
  c.duration = std::max(Duration{}, between(x.timeline.start, now));
  c.gateway = own_time(x, now);
  return c;
}

}  // namespace sluice::proxy
