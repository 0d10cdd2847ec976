#include "proxy/admission.hpp"

#include "proxy/inbound.hpp"
#include "proxy/limited_body.hpp"
#include "proxy/local_reply.hpp"

namespace sluice::proxy {
namespace {

constexpr std::string_view every_method = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";

void allow_every_method(Exchange& x) {
  x.response.fields.add(FieldId::allow, "Allow", every_method);
}

// True: the answer stands in exchange.response.
bool answered_without_route(Exchange& x, const ListenerPolicy& policy) {
  auto& request = x.request;
  if (request.method == Method::trace) {
    x.refuse(405, "trace");
    allow_every_method(x);
  } else if (request.path == "*") {
    x.refuse(204, "options_asterisk");
    allow_every_method(x);
  } else if (has_been_here(request.fields)) {
    x.refuse(508, "loop");
  } else if (policy.redirect_https && request.scheme != "https") {
    redirect_to_https(x, *policy.redirect_https);
  }
  return x.response.status != 0;
}

// Where the length is known at once, else while it is read.
void limit_body(Exchange& x, const Route& route) {
  auto& request = x.request;
  if (!route.max_body || !request.body || !request.upgrade.empty()) return;
  auto max = route.max_body->bytes;
  if (request.length == unknown_length)
    request.body = std::make_unique<LimitedBody>(std::move(request.body), max);
  else if (request.length > max)
    refuse_for(x, Error(Error::Kind::too_large, Error::Side::downstream, "body_too_large"));
}

}  // namespace

std::string_view admit(Exchange& x, const Snapshot& snapshot) {
  if (answered_without_route(x, snapshot.listener(x.peer.listener))) return {};
  auto choice = snapshot.router.choose(x.request, x.peer.listener, x.arena);
  if (choice.how != Choice::How::route) return choice.allow;
  x.route = &snapshot.routes[choice.rule];
  x.route_name = x.route->name;
  x.parameters = choice.parameters;
  limit_body(x, *x.route);
  return {};
}

void refuse_unrouted(Exchange& x, std::string_view allow) noexcept {
  x.flags.set(Flag::nr);
  if (allow.empty()) {
    x.refuse(404, "no_route");
    return;
  }
  x.refuse(405, "method_not_allowed");
  x.response.fields.add(FieldId::allow, "Allow", allow);
}

}  // namespace sluice::proxy
