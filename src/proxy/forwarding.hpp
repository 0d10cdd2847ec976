// The port between serve() and whatever brings the answer of an upstream.
//
//   auto forwarding = forwarder.forward(exchange, targets, &sink);
//   auto done = co_await forwarding;                 // exchange.response has the head, and the body to pull
//   if (!done) refuse(status_of(done.error()));
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
