// A filter: one step of a route's chain. One object serves all workers, so it is const; what it has to
// remember is in a WorkerLocal, in a store, or, between request and response, in the capture of a hook.
#pragma once
#include <cstdint>

#include "sluice/eventual.hpp"
#include "sluice/exchange.hpp"

namespace sluice {

class Filter {
 public:
  virtual ~Filter() = default;

  // Looks at the request; proceeds, or leaves a reply in exchange.response. May wait. An exception is a
  // fault: the request is refused with 500, or goes on where the filter says `on_error: pass`.
  virtual Eventual<Verdict> on_request(Exchange&) const = 0;

  // Where one of several identity filters is enough the others are not asked, but what the client sent is
  // theirs all the same. Fields of the request that this filter alone may write: taken off before any of them
  // decides. Credentials that it looks for: taken off when somebody is known.
  virtual void strip_fields(Exchange&) const {}
  virtual void take_credentials(Exchange&) const {}
};

// Filters run in the order of their phase, whatever order a file lists them in.
enum class Phase : std::uint8_t {
  edge,        // address rules, preflight, limits keyed by address: also without a matching route
  identity,    // who is it
  permission,  // may they
  validation,  // is the request well formed
  limit,       // limits keyed by identity, concurrency
  transform,   // headers, compression: outside the cache, so hits and misses are treated alike
  cache,
  upstream  // what only a request that goes upstream meets: mirrors, faults
};

enum class Mode : std::uint8_t { enforce, shadow, off };
enum class OnError : std::uint8_t { refuse, pass };

}  // namespace sluice
