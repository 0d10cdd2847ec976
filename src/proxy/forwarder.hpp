// Forwarder: sends a request to one of a route's upstreams and brings the head of the answer back.
//
//   auto forwarding = forwarder.forward(exchange, target, &sink);
//   auto done = co_await forwarding;                 // exchange.response has the head, and the body to pull
//   if (!done) refuse(status_of(done.error()));
//
// It walks over the endpoints that the balancer names, as long as a connection cannot be made; what broke on
// a reused connection before a byte of the answer is tried once more, where repeating is harmless. The upload
// is a child of the exchange: it goes on while the answer is already on its way.
#pragma once
#include "pipeline/handler.hpp"
#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

class Forwarding {
 public:
  virtual ~Forwarding() = default;

  // Where 1xx heads go: `interim`, or nowhere when it is null. The error's side is upstream, or downstream
  // when the client's body was at fault. Cancelled by destruction, like everything.
  virtual Task<Result<Unit>> forward(Exchange& x, const Forward& to, ResponseSink* interim) const = 0;
};

}  // namespace sluice::proxy
