#include "filters/cache/freshness.hpp"

#include <algorithm>

#include "http/chars.hpp"
#include "http/date.hpp"

namespace sluice::filters::cache {
namespace {

using http::CacheControl;
using std::chrono::floor;

constexpr Seconds longest_guess = std::chrono::hours(24);
constexpr int guessed_part = 10;

std::optional<WallPoint> date_field(const Fields& response, FieldId id, WallPoint now) noexcept {
  return http::parse_date(response.get(id), now);
}

Seconds bounded(Duration d) noexcept {
  return std::clamp(floor<Seconds>(d), Seconds(0), CacheControl::forever);
}
// Far dates are further apart than a Duration is long.
Seconds between(WallPoint from, WallPoint to) noexcept {
  return std::clamp(floor<Seconds>(to) - floor<Seconds>(from), Seconds(0), CacheControl::forever);
}

// RFC 9111 §4.2.3: corrected_initial_age.
Duration initial_age(const Fields& response, const OriginTimes& times, WallPoint date) noexcept {
  Duration delay = std::max(times.received - times.requested, WallPoint::duration(0));
  Duration apparent = between(date, times.received);
  return std::max(apparent, age_field(response) + delay);
}

const StatusTtl* configured(const FreshnessRules& rules, std::uint16_t status) noexcept {
  for (auto& t : rules.ttl)
    if (t.status == status || (t.status == 0 && status < 400 && is_heuristically_cacheable(status)))
      return &t;
  return nullptr;
}

void set(Freshness& f, Freshness::Basis basis, Seconds lifetime) noexcept {
  f.basis = basis;
  f.lifetime = bounded(lifetime);
}

// Expires that is no date is in the past (RFC 9111 §5.3).
bool set_from_expires(Freshness& f, const Fields& response, WallPoint date, WallPoint now) noexcept {
  if (!response.has(FieldId::expires)) return false;
  auto expires = date_field(response, FieldId::expires, now);
  set(f, Freshness::Basis::expires, expires ? between(date, *expires) : Seconds(0));
  return true;
}

void set_from_guess(Freshness& f, const Fields& response, WallPoint date, WallPoint now) noexcept {
  auto modified = date_field(response, FieldId::last_modified, now);
  if (!modified || *modified >= date) return;
  set(f, Freshness::Basis::heuristic, std::min(between(*modified, date) / guessed_part, longest_guess));
}

void set_lifetime(Freshness& f, std::uint16_t status, const Fields& response, const CacheControl& says,
                  WallPoint date, WallPoint now) noexcept {
  if (says.s_maxage) return set(f, Freshness::Basis::s_maxage, *says.s_maxage);
  if (says.max_age) return set(f, Freshness::Basis::max_age, *says.max_age);
  if (!says.targeted() && set_from_expires(f, response, date, now)) return;
  if (says.is_public || is_heuristically_cacheable(status)) set_from_guess(f, response, date, now);
}

void set_windows(Freshness& f, const CacheControl& says, const FreshnessRules& rules) noexcept {
  bool by_s_maxage = f.basis == Freshness::Basis::s_maxage;
  f.never_stale = says.must_revalidate || says.proxy_revalidate || by_s_maxage;
  auto window = [&](const std::optional<Seconds>& said, const std::optional<Seconds>& rule) {
    bool forbidden = says.must_revalidate || says.proxy_revalidate || says.no_cache;
    if (forbidden || (by_s_maxage && !said)) return std::optional<Seconds>();
    return said ? said : rule;
  };
  f.stale_while_revalidate =
      window(says.stale_while_revalidate, rules.stale_while_revalidate).value_or(Seconds(0));
  auto if_error = window(says.stale_if_error, rules.stale_if_error);
  f.stale_if_error = if_error.value_or(Seconds(0));
  f.says_stale_if_error = if_error.has_value();
}

}  // namespace

bool is_heuristically_cacheable(std::uint16_t status) noexcept {
  switch (status) {
    case 200:
    case 203:
    case 204:
    case 206:
    case 300:
    case 301:
    case 308:
    case 404:
    case 405:
    case 410:
    case 414:
    case 501:
      return true;
    default:
      return false;
  }
}

Seconds age_field(const Fields& response) noexcept {
  auto list = response.get(FieldId::age);
  return http::read_seconds(http::next_member(list)).value_or(Seconds(0));
}

Freshness freshness_of(std::uint16_t status, const Fields& response, const CacheControl& says,
                       const OriginTimes& times, const FreshnessRules& rules) noexcept {
  auto date = date_field(response, FieldId::date, times.received).value_or(times.received);
  Freshness f;
  f.initial_age = initial_age(response, times, date);
  if (auto* rule = configured(rules, status))
    set(f, Freshness::Basis::configured, rule->ttl);
  else
    set_lifetime(f, status, response, says, date, times.received);
  set_windows(f, says, rules);
  f.must_validate = says.no_cache;
  f.immutable = says.immutable;
  return f;
}

}  // namespace sluice::filters::cache
