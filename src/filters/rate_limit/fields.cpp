#include "filters/rate_limit/fields.hpp"

#include <algorithm>
#include <charconv>

#include "base/token_bucket.hpp"

namespace sluice::filters::rate_limit {
namespace {

using base::BucketRule;
using base::TokenBucket;

constexpr std::size_t digits = 20;

struct Quota {
  std::uint64_t count, window;
};

// A structured field's integers end at 15 digits; a burst has at most ten.
Quota quota_of(const RateLimit& limit) noexcept {
  BucketRule rule(limit.rate, limit.burst);
  auto empty = TokenBucket::restore(rule, TimePoint{}, 0, 0);
  auto window = empty.until_full(rule, TimePoint{});
  if (window >= std::chrono::seconds(1)) return {rule.burst, seconds(window)};
  empty.refill({limit.rate, BucketRule::max_burst}, TimePoint(std::chrono::seconds(1)));
  return {std::max(empty.whole(), rule.burst), 1};
}

char* put(char* to, std::string_view text) noexcept {
  return std::copy(text.begin(), text.end(), to);
}

char* put(char* to, std::uint64_t n) noexcept {
  return std::to_chars(to, to + digits, n).ptr;
}

std::string_view unit_of(Duration per) noexcept {
  using namespace std::chrono_literals;
  return per == 1s ? "s" : per == 1min ? "m" : per == 1h ? "h" : "d";
}

// RFC 9651 §3.3.3: printable ASCII, quotes and backslashes escaped.
std::string quotable(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= ' ' && c <= '~' ? c : '?';
  }
  return out;
}

}  // namespace

std::uint64_t seconds(Duration d) noexcept {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(d).count());
}

std::string_view decimal(std::uint64_t n, Arena& arena) {
  char* text = arena.bytes(digits);
  return {text, static_cast<std::size_t>(put(text, n) - text)};
}

LimitFields::LimitFields(std::string_view policy, const std::vector<FieldStyle>& styles)
    : name_(quotable(policy)),
      ietf_(std::ranges::count(styles, FieldStyle::ietf) > 0),
      x_(std::ranges::count(styles, FieldStyle::x) > 0) {}

std::size_t LimitFields::room(std::size_t limits) const noexcept {
  constexpr std::size_t punctuation = 16;
  return limits * (name_.size() + 3 * digits + punctuation);
}

char* LimitFields::name(char* to, const RateLimit& limit, bool alone) const {
  *to++ = '"';
  to = put(to, name_);
  if (!alone) {
    *to++ = ':';
    to = put(to, limit.rate.count);
    *to++ = '/';
    to = put(to, unit_of(limit.rate.per));
  }
  *to++ = '"';
  return to;
}

std::string_view LimitFields::policy(std::span<const RateLimit> limits, Arena& arena) const {
  char* text = arena.bytes(room(limits.size()));
  char* to = text;
  for (auto& limit : limits) {
    if (to != text) to = put(to, ", ");
    auto quota = quota_of(limit);
    to = put(put(name(to, limit, limits.size() == 1), ";q="), quota.count);
    to = put(put(to, ";w="), quota.window);
  }
  return {text, static_cast<std::size_t>(to - text)};
}

std::string_view LimitFields::state(std::span<const RateLimit> limits, const Grant& grant,
                                    Arena& arena) const {
  char* text = arena.bytes(room(limits.size()));
  char* to = text;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    if (to != text) to = put(to, ", ");
    auto& level = grant.levels[i];
    to = put(put(name(to, limits[i], limits.size() == 1), ";r="), level.left);
    to = put(put(to, ";t="), seconds(level.full_in));
  }
  return {text, static_cast<std::size_t>(to - text)};
}

LimitFields::X LimitFields::x(std::span<const RateLimit> limits, const Grant& grant, Arena& arena) {
  auto& level = grant.tightest();
  return {decimal(limits[grant.decisive].burst, arena), decimal(level.left, arena),
          decimal(seconds(level.full_in), arena)};
}

}  // namespace sluice::filters::rate_limit
