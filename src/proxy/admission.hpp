// What is decided before any filter runs: which route it is, or what the answer without one will be.
//
//   auto unrouted = admit(x, snapshot);                  // x.route is set, or will stay null
//   ... the chain: the route's, or the edge filters of `defaults.use` ...
//   if (!x.route) answer_unrouted(x, unrouted);
#pragma once
#include <string_view>

#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

// The answer to a request that has no route, once the edge filters have let it pass.
struct Unrouted {
  enum class Answer : std::uint8_t {
    not_found,
    not_allowed,  // 405: a route would match, but for the method
    trace,        // 405, always
    asterisk,     // `OPTIONS *`: 204
    loop,         // 508: it has been here
    https         // 308: the listener only redirects
  };
  Answer answer;
  std::string_view allow;  // the Allow field of not_allowed

  Unrouted(Answer a = Answer::not_found, std::string_view methods = {}) noexcept
      : answer(a), allow(methods) {}
};

// Sets route, its name and parameters, where there is one. A body whose announced length is over the route's
// limit is refused at once: the answer (413) stands in exchange.response.
Unrouted admit(Exchange& x, const Snapshot& snapshot);

void answer_unrouted(Exchange& x, const Unrouted& unrouted);

}  // namespace sluice::proxy
