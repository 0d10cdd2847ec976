// Whether a stored response may answer a request (RFC 9111 §4), and what a failed origin changes (§4.2.4,
// §4.3.3, RFC 5861).
//
//   auto decided = decide(freshness, age, asks);
//   switch (decided.what) {
//     case Reuse::fresh: ...             // give it
//     case Reuse::stale: ...             // give it: the client takes stale ones
//     case Reuse::stale_refresh: ...     // give it, and refresh it behind the client's back
//     case Reuse::validate: ...          // ask the origin first; Cache-Status: fwd=decided.why
//     case Reuse::forbidden: ...         // only-if-cached: 504
//   }
#pragma once
#include <cstdint>

#include "filters/cache/freshness.hpp"
#include "http/cache_control.hpp"

namespace sluice::filters::cache {

enum class Reuse : std::uint8_t { fresh, stale, stale_refresh, validate, forbidden };

struct Decision {
  Reuse what = Reuse::fresh;
  const char* why =
      "";  // of `validate`, a token of RFC 9211 §2.2: "stale", or "request" where the client asked
};

// The request's max-age, min-fresh, max-stale, no-cache and only-if-cached (§5.2.1). While an `immutable`
// response is fresh, max-age of a reload does not send for it (RFC 8246 §2).
Decision decide(const Freshness& freshness, Duration age, const http::CacheControl& asks) noexcept;

// Where nothing is stored: 504 for only-if-cached (§5.2.1.7).
constexpr bool must_not_forward(const http::CacheControl& asks) noexcept {
  return asks.only_if_cached;
}

// The client wants nothing of the cache at all: neither what is stored nor its own answer stored.
constexpr bool goes_past(const http::CacheControl& asks) noexcept {
  return asks.no_store;
}

// How the origin failed.
enum class Failure : std::uint8_t {
  none,         // it answered
  error,        // with 500, 502, 503 or 504 (RFC 5861 §4)
  disconnected  // it did not answer: no connection, a broken one, too late
};
Failure failure_of(std::uint16_t status, bool local) noexcept;

// Whether a stale response may be given because the origin failed: inside the stale-if-error window of origin
// or configuration; where there is none, only while disconnected, for a day at most (§4.2.4). Never where
// stale ones are forbidden, or where the request does not take what is not validated (no-cache) or is too old
// for it (max-age).
bool may_serve_on_failure(const Freshness& freshness, Duration age, const http::CacheControl& asks,
                          Failure failure) noexcept;

}  // namespace sluice::filters::cache
