// The arithmetic of a token bucket, exact: whole tokens, and what there is of the next one as a fraction that
// is never rounded. Between two points in time as many tokens are gained as the rate says, however often the
// bucket was looked at meanwhile: in any window of length t at most burst + floor(rate * t) are taken. The
// clock is an argument.
//
//   BucketRule rule(Rate{100, 1s}, 20);
//   TokenBucket bucket = TokenBucket::full(rule, now);
//   bucket.refill(rule, now);
//   if (bucket.holds(cost)) bucket.take(cost);
//   else retry_in(bucket.until(cost, rule, now));       // exactly then `cost` is there
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "sluice/units.hpp"

namespace sluice::base {

__extension__ typedef unsigned __int128 Wide;

// `count` tokens in `per` nanoseconds, up to `burst`. At least one of each.
struct BucketRule {
  std::uint64_t count;
  std::uint64_t per;
  std::uint64_t burst;

  static constexpr std::uint64_t max_burst = std::numeric_limits<std::uint32_t>::max();

  BucketRule(const Rate& rate, std::uint64_t capacity) noexcept
      : count(std::max<std::uint64_t>(rate.count, 1)),
        per(static_cast<std::uint64_t>(std::max<Duration::rep>(rate.per.count(), 1))),
        burst(std::clamp<std::uint64_t>(capacity, 1, max_burst)) {}
};

class TokenBucket {
 public:
  TokenBucket() = default;
  static TokenBucket full(const BucketRule& rule, TimePoint now) noexcept {
    return TokenBucket(now, rule.burst, 0);
  }
  // As it was put away. `part` is of another rule where that changed: less than a token is lost by it.
  static TokenBucket restore(const BucketRule& rule, TimePoint at, std::uint64_t whole,
                             std::uint64_t part) noexcept {
    if (whole >= rule.burst) return TokenBucket(at, rule.burst, 0);
    return TokenBucket(at, whole, std::min(part, rule.per - 1));
  }

  // A clock that stands behind the bucket's own time (another worker's turn began earlier) gains nothing.
  void refill(const BucketRule& rule, TimePoint now) noexcept {
    if (now <= at_) return;
    auto gained = Wide(elapsed(now)) * rule.count + part_;
    at_ = now;
    auto tokens = quotient(gained, rule.per);
    if (tokens >= rule.burst - whole_) {
      whole_ = rule.burst;
      part_ = 0;
    } else {
      whole_ += static_cast<std::uint64_t>(tokens);
      part_ = static_cast<std::uint64_t>(gained - tokens * rule.per);
    }
  }

  bool holds(std::uint64_t cost) const noexcept { return whole_ >= cost; }
  void take(std::uint64_t cost) noexcept { whole_ -= cost; }

  // From `now` on, until `tokens` are there; zero where they are. Never, for more than the burst, is max().
  Duration until(std::uint64_t tokens, const BucketRule& rule, TimePoint now) const noexcept {
    if (whole_ >= tokens) return Duration{};
    if (tokens > rule.burst) return Duration::max();
    auto missing = Wide(tokens - whole_) * rule.per - part_;
    auto wait = quotient(missing + rule.count - 1, rule.count);
    constexpr auto longest = std::numeric_limits<Duration::rep>::max() / 2;
    auto bounded = wait > Wide(longest) ? longest : static_cast<Duration::rep>(wait);
    return Duration(bounded) + std::max(at_ - now, Duration{});
  }
  Duration until_full(const BucketRule& rule, TimePoint now) const noexcept {
    return until(rule.burst, rule, now);
  }

  TimePoint at() const noexcept { return at_; }
  std::uint64_t whole() const noexcept { return whole_; }
  std::uint64_t part() const noexcept { return part_; }  // in 1/per of a token

 private:
  TokenBucket(TimePoint at, std::uint64_t whole, std::uint64_t part) noexcept
      : at_(at), whole_(whole), part_(part) {}

  std::uint64_t elapsed(TimePoint now) const noexcept {
    return static_cast<std::uint64_t>((now - at_).count());
  }
  // Nearly always both fit into a register, and then it is one instruction.
  static Wide quotient(Wide n, std::uint64_t by) noexcept {
    if (n >> 64 == 0) [[likely]]
      return static_cast<std::uint64_t>(n) / by;
    return n / by;
  }

  TimePoint at_;
  std::uint64_t whole_ = 0;
  std::uint64_t part_ = 0;
};

}  // namespace sluice::base
