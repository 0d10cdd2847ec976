// Tokens of one key that a worker has taken from Redis in advance. No I/O; the clock is an argument.
//
//   if (lease.spend(cost, now)) return allowed;              // no round trip
//   if (auto n = lease.wanted(most)) fetch(n);               // ... then lease.fetched(got)
//   if (auto n = lease.excess(now)) give_back(n);            // now and then
//
// It is as large as the demand of the key on this worker: what was asked for in the interval before, or in
// this one already. A key that is asked for now and then has none.
#pragma once
#include <algorithm>
#include <cstdint>

#include "sluice/clock.hpp"

namespace sluice::net {

class RedisLease {
 public:
  static constexpr Duration interval = std::chrono::milliseconds(100);
  static constexpr std::uint64_t worthwhile =
      4;  // tokens in an interval: below, a round trip each is cheaper

  explicit RedisLease(TimePoint now) noexcept : began_(now) {}

  // Counts the demand, and takes it from what is held; false: there is not enough.
  bool spend(std::uint64_t cost, TimePoint now) noexcept {
    roll(now);
    asked_ += cost;
    if (held_ < cost) return false;
    held_ -= cost;
    return true;
  }

  // How many to fetch now, so that it does not run out; at most `most` are held or on their way.
  std::uint64_t wanted(std::uint64_t most) const noexcept {
    auto level = std::min(pace(), most);
    if (fetching_ || level < worthwhile || held_ * 2 >= level) return 0;
    return level - held_;
  }
  void fetching() noexcept { fetching_ = true; }
  // `got`: none, where Redis had none or failed.
  void fetched(std::uint64_t got) noexcept {
    fetching_ = false;
    held_ += got;
  }

  // What is held beyond the demand, and from now on is not.
  std::uint64_t excess(TimePoint now) noexcept {
    roll(now);
    auto keep = pace() < worthwhile ? 0 : pace();
    auto more = held_ > keep ? held_ - keep : 0;
    held_ -= more;
    return more;
  }
  std::uint64_t give_up_all() noexcept { return std::exchange(held_, 0); }

  std::uint64_t held() const noexcept { return held_; }
  // Nobody asks any more.
  bool idle() const noexcept { return held_ == 0 && pace() == 0 && !fetching_; }

 private:
  std::uint64_t pace() const noexcept { return std::max(before_, asked_); }
  void roll(TimePoint now) noexcept {
    if (now - began_ < interval) return;
    before_ = now - began_ < 2 * interval ? asked_ : 0;
    asked_ = 0;
    began_ = now;
  }

  std::uint64_t held_ = 0;
  std::uint64_t asked_ = 0;   // in this interval
  std::uint64_t before_ = 0;  // in the one before
  TimePoint began_;
  bool fetching_ = false;
};

}  // namespace sluice::net
