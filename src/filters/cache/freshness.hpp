// For how long a stored response is fresh, and how old it is (RFC 9111 §4.2), as a shared cache sees it.
// Pure: clocks are arguments.
//
//   auto says = http::response_directives(response.fields);
//   Freshness f = freshness_of(response.status, response.fields, says, times, rules);     // when it arrives
//   Duration age = f.age(now - stored_at);                                                // at each use
//   if (f.fresh(age)) ...
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "http/cache_control.hpp"
#include "sluice/clock.hpp"
#include "sluice/http.hpp"

namespace sluice::filters::cache {

using Seconds = std::chrono::seconds;

// A lifetime that the configuration gives to a status.
struct StatusTtl {
  std::uint16_t status = 0;  // 0: each below 400 that is cacheable by heuristics (200, 301 ...)
  Seconds ttl{};
};

// What the configuration adds to what the origin says; nothing by default.
struct FreshnessRules {
  std::span<const StatusTtl> ttl;                 // the first that is for the status counts
  std::optional<Seconds> stale_while_revalidate;  // where the origin gives no such window
  std::optional<Seconds> stale_if_error;
};

// When the exchange with the origin took place (RFC 9111 §4.2.3: request_time, response_time).
struct OriginTimes {
  WallPoint requested;
  WallPoint received;
};

struct Freshness {
  enum class Basis : std::uint8_t {
    none,  // nobody said anything: stale at once
    configured,
    s_maxage,
    max_age,
    expires,
    heuristic
  };

  Duration initial_age{};            // when it was received: corrected_initial_age
  Seconds lifetime{};                // freshness_lifetime; at most CacheControl::forever
  Seconds stale_while_revalidate{};  // how long beyond its lifetime it may be given, and is refreshed
  Seconds stale_if_error{};          // and while the origin is broken
  Basis basis = Basis::none;
  bool must_validate = false;        // no-cache: never without asking the origin
  bool never_stale = false;          // must-revalidate, proxy-revalidate, s-maxage
  bool immutable = false;            // RFC 8246
  bool says_stale_if_error = false;  // that window was given, by the origin or by the configuration

  Duration age(Duration resident) const noexcept { return initial_age + resident; }
  bool fresh(Duration age) const noexcept { return lifetime > age; }
  // Negative where it is stale: by how much.
  Duration left(Duration age) const noexcept { return lifetime - age; }
  // The origin or the configuration said it, it was not guessed.
  bool is_explicit() const noexcept { return basis != Basis::none && basis != Basis::heuristic; }
};

// The lifetime is the first of: the configured one, s-maxage, max-age, Expires − Date, and a tenth of
// Date − Last-Modified, at most a day, where the status or `public` allows a guess (RFC 9111 §4.2.1, §4.2.2).
// Where a targeted field gave the directives, Expires does not count (RFC 9213 §2.2). A configured one takes
// the place of what the origin says of lifetimes, not of no-cache or must-revalidate. A window that the
// origin gives beside s-maxage is meant for shared caches and holds in spite of it.
Freshness freshness_of(std::uint16_t status, const Fields& response, const http::CacheControl& says,
                       const OriginTimes& times, const FreshnessRules& rules = {}) noexcept;

// The Age field (RFC 9111 §5.1): the first member of its first line; what is no number is ignored.
Seconds age_field(const Fields& response) noexcept;

// RFC 9110 §15.1: may be given a lifetime where nobody said one.
bool is_heuristically_cacheable(std::uint16_t status) noexcept;

}  // namespace sluice::filters::cache
