#include "filters/cache/reuse.hpp"

#include <algorithm>

namespace sluice::filters::cache {
namespace {

using http::CacheControl;

// RFC 9111 §4.2.4: how long without its origin a response may serve that says nothing of failures.
constexpr Seconds longest_disconnected = std::chrono::hours(24);

constexpr Decision from_origin(const CacheControl& asks, const char* why) noexcept {
  return asks.only_if_cached ? Decision{Reuse::forbidden, why} : Decision{Reuse::validate, why};
}

// With max-age=0 a response of this very moment is too old as well. An immutable one cannot have changed
// while it is fresh, so no reload need ask (RFC 8246 §2).
bool too_old(const Freshness& f, Duration age, const CacheControl& asks) noexcept {
  if (!asks.max_age || (f.immutable && f.fresh(age))) return false;
  return age > *asks.max_age || *asks.max_age == Seconds(0);
}

bool too_near_its_end(const Freshness& f, Duration age, const CacheControl& asks) noexcept {
  return asks.min_fresh && f.left(age) < *asks.min_fresh;
}

// RFC 9111 §5.2.1.1: with max-age alone the client does not wish for stale ones.
bool takes_stale(const CacheControl& asks, Duration stale_for) noexcept {
  return asks.max_stale ? stale_for <= *asks.max_stale : !asks.max_age;
}

}  // namespace

Decision decide(const Freshness& f, Duration age, const CacheControl& asks) noexcept {
  const char* why = f.fresh(age) && !f.must_validate ? "request" : "stale";
  if (f.must_validate || asks.no_cache || too_old(f, age, asks) || too_near_its_end(f, age, asks))
    return from_origin(asks, why);
  if (f.fresh(age)) return {Reuse::fresh};
  auto stale_for = -f.left(age);
  if (takes_stale(asks, stale_for)) {
    if (stale_for < f.stale_while_revalidate) return {Reuse::stale_refresh};
    if (asks.max_stale && !f.never_stale) return {Reuse::stale};
  }
  return from_origin(asks, why);
}

Failure failure_of(std::uint16_t status, bool local) noexcept {
  if (status != 500 && status != 502 && status != 503 && status != 504) return Failure::none;
  return local ? Failure::disconnected : Failure::error;
}

bool may_serve_on_failure(const Freshness& f, Duration age, const CacheControl& asks,
                          Failure failure) noexcept {
  if (failure == Failure::none || f.must_validate || asks.no_cache || too_old(f, age, asks)) return false;
  auto stale_for = -f.left(age);
  if (f.says_stale_if_error) return stale_for < f.stale_if_error;
  if (f.never_stale) return false;
  return failure == Failure::disconnected && stale_for < longest_disconnected;
}

}  // namespace sluice::filters::cache
