#include "proxy/admission.hpp"

#include "proxy/inbound.hpp"
#include "proxy/limited_body.hpp"
#include "proxy/local_reply.hpp"

namespace sluice::proxy {
namespace {

using Answer = Unrouted::Answer;

constexpr std::string_view every_method = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";

// not_found: the routes will tell.
Answer answer_without_route(const Request& request, const ListenerPolicy& policy) {
  if (request.method == Method::trace) return Answer::trace;
  if (request.path == "*") return Answer::asterisk;
  if (has_been_here(request.fields)) return Answer::loop;
  if (policy.redirect_https && request.scheme != "https") return Answer::https;
  return Answer::not_found;
}

void refuse_with_allow(Exchange& x, std::uint16_t status, const char* reason, std::string_view allow) {
  x.refuse(status, reason);
  x.response.fields.add(FieldId::allow, "Allow", allow);
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

Unrouted admit(Exchange& x, const Snapshot& snapshot) {
  auto answer = answer_without_route(x.request, snapshot.listener(x.peer.listener));
  if (answer != Answer::not_found) return answer;
  auto choice = snapshot.router.choose(x.request, x.peer.listener, x.arena);
  if (choice.how == Choice::How::method) return {Answer::not_allowed, choice.allow};
  if (choice.how == Choice::How::none) return {};
  x.route = &snapshot.routes[choice.rule];
  x.route_name = x.route->name;
  x.parameters = choice.parameters;
  x.buffer = x.route->buffer.bytes;
  limit_body(x, *x.route);
  return {};
}

void answer_unrouted(Exchange& x, const Unrouted& unrouted) {
  switch (unrouted.answer) {
    case Answer::trace:
      return refuse_with_allow(x, 405, "trace", every_method);
    case Answer::asterisk:
      return refuse_with_allow(x, 204, "options_asterisk", every_method);
    case Answer::loop:
      x.refuse(508, "loop");
      return;
    case Answer::https:
      return redirect_to_https(x, *x.snapshot.get()->listener(x.peer.listener).redirect_https);
    case Answer::not_allowed:
      x.flags.set(Flag::nr);
      return refuse_with_allow(x, 405, "method_not_allowed", unrouted.allow);
    case Answer::not_found:
      x.flags.set(Flag::nr);
      x.refuse(404, "no_route");
  }
}

}  // namespace sluice::proxy
