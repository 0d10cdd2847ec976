#include "pipeline/detached.hpp"

namespace sluice::pipeline {
namespace {

constexpr Duration longest = std::chrono::minutes(1);

}  // namespace

Detached::Detached(const Exchange& x) : peer_(keep(x.peer)), exchange_(x.worker, arena_, peer_) {
  auto& y = exchange_;
  keep_request(x.request);
  keep_parameters(x.parameters);
  keep_principal(x.principal);
  y.snapshot = x.snapshot.again();
  y.route = x.route;
  y.protocol = keep(x.protocol);
  y.route_name = keep(x.route_name);
  y.onward = x.onward;
  y.client = x.client;
  y.client_text = keep(x.client_text);
  y.id = keep(x.id);
  y.buffer = x.buffer;
  y.timeline.start = y.timeline.head = x.worker.timers.now();
  y.deadline = x.worker.timers.now() + longest;
}

void Detached::carry(std::string body) {
  exchange_.request.length = body.size();
  exchange_.request.body = std::make_unique<MemoryBody>(std::move(body));
}

void Detached::end(bool complete) noexcept {
  auto& y = exchange_;
  y.end({y.response.status, y.sent, complete, y.error, y.flags});
}

// A field without a value is not an absent one.
std::string_view Detached::keep(std::string_view text) {
  if (text.empty()) return text.data() ? std::string_view("", 0) : std::string_view();
  return arena_.copy(text);
}

Peer Detached::keep(const Peer& peer) {
  auto copy = peer;
  copy.listener = keep(peer.listener);
  copy.address_text = keep(peer.address_text);
  copy.tls_version = keep(peer.tls_version);
  copy.server_name = keep(peer.server_name);
  if (peer.client_certificate) copy.client_certificate = &certificate_.emplace(*peer.client_certificate);
  return copy;
}

void Detached::keep_request(const Request& request) {
  auto& mine = exchange_.request;
  mine.method = request.method;
  mine.method_text = keep(request.method_text);
  mine.scheme = keep(request.scheme);
  mine.authority = keep(request.authority);
  mine.host = keep(request.host);
  mine.path = keep(request.path);
  mine.query = keep(request.query);
  mine.has_query = request.has_query;
  mine.accepts_trailers = request.accepts_trailers;
  for (auto& field : request.fields) mine.fields.add(field.id, keep(field.name), keep(field.value));
}

void Detached::keep_parameters(std::span<const PathParameter> parameters) {
  if (parameters.empty()) return;
  auto* mine = static_cast<PathParameter*>(
      arena_.take(sizeof(PathParameter) * parameters.size(), alignof(PathParameter)));
  for (std::size_t i = 0; i < parameters.size(); ++i)
    new (mine + i) PathParameter{keep(parameters[i].name), keep(parameters[i].value)};
  exchange_.parameters = {mine, parameters.size()};
}

Detached::Who::Who(const Principal& p)
    : scopes(p.scopes.begin(), p.scopes.end()),
      roles(p.roles.begin(), p.roles.end()),
      limits(p.limits.begin(), p.limits.end()) {
  if (p.claims) claims = *p.claims;
}

void Detached::keep_principal(const Principal& principal) {
  auto& mine = exchange_.principal;
  mine.subject = keep(principal.subject);
  mine.method = keep(principal.method);
  mine.unproven = principal.unproven;
  mine.unasked = principal.unasked;
  bool bare = principal.scopes.empty() && principal.roles.empty() && principal.limits.empty();
  if (bare && !principal.claims) return;
  auto& who = who_.emplace(principal);
  mine.scopes = who.scopes;
  mine.roles = who.roles;
  mine.limits = who.limits;
  if (principal.claims) mine.claims = &who.claims;
}

}  // namespace sluice::pipeline
