// SlidingCount: how many went well and how many did not within the last stretch of time. No clock of its own.
//
//   SlidingCount answers;
//   answers.add(well, badly, window, now);
//   auto sum = answers.sum(window, now);        // sum.share() of them went well
//
// The window moves on by a tenth of itself at a time, so it forgets a little late, never early.
#pragma once
#include <array>
#include <cstdint>

#include "sluice/clock.hpp"

namespace sluice::upstream {

struct Tally {
  std::uint64_t well = 0, badly = 0;

  std::uint64_t total() const noexcept { return well + badly; }
  // 0 to 1; 1 of nothing.
  double share() const noexcept {
    return total() == 0 ? 1.0 : static_cast<double>(well) / static_cast<double>(total());
  }
  friend Tally operator-(const Tally& a, const Tally& b) noexcept {
    return {a.well - b.well, a.badly - b.badly};
  }
};

class SlidingCount {
 public:
  void add(const Tally& more, Duration window, TimePoint now) noexcept {
    auto& slot = slots_[place(window, now)];
    if (slot.at != age(window, now)) slot = {age(window, now), {}};
    slot.tally.well += more.well;
    slot.tally.badly += more.badly;
  }
  Tally sum(Duration window, TimePoint now) const noexcept {
    Tally sum;
    auto newest = age(window, now);
    for (auto& slot : slots_)
      if (slot.at <= newest && newest - slot.at < parts) {
        sum.well += slot.tally.well;
        sum.badly += slot.tally.badly;
      }
    return sum;
  }
  void clear() noexcept { slots_ = {}; }

 private:
  static constexpr Duration::rep parts = 10;
  struct Slot {
    Duration::rep at = -2 * parts;  // counted in tenths of a window
    Tally tally;
  };
  static Duration::rep age(Duration window, TimePoint now) noexcept {
    return now.time_since_epoch() / (window / parts);
  }
  static std::size_t place(Duration window, TimePoint now) noexcept {
    return static_cast<std::size_t>(age(window, now) % parts);
  }

  std::array<Slot, parts> slots_{};
};

}  // namespace sluice::upstream
