// How many requests to one upstream may be tried again, so that one that is in trouble is not buried under
// repetitions: a share of what came in the last ten seconds, or a few in any case.
//
//   budget.count_request(worker.index, now);                 // each request
//   if (budget.take({.share = 0.2, .min = 3}, now)) ...      // before each further try
//
// One for the whole process. Each worker counts requests in a ring of its own; the tries that were taken are
// one ring that all share, so that the bound is never passed, however many workers ask at once. The clock is
// an argument; workers' clocks may differ by less than a second.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "sluice/clock.hpp"

namespace sluice::upstream {

// A count over the last ten seconds, in steps of one. One thread adds to it, or several by add_shared().
class RecentCount {
 public:
  static constexpr std::uint64_t seconds = 10;

  void add(std::uint64_t second) noexcept {
    auto& slot = at(second);
    slot.store(added(slot.load(std::memory_order_relaxed), second), std::memory_order_relaxed);
  }
  void add_shared(std::uint64_t second) noexcept;
  // Takes back what add_shared() of that second added.
  void undo_shared(std::uint64_t second) noexcept;
  std::uint64_t sum(std::uint64_t now) const noexcept;

 private:
  using Slot = std::atomic<std::uint64_t>;  // the second it is about, above its count

  static constexpr std::uint64_t second_of(std::uint64_t slot) noexcept { return slot >> 32; }
  static constexpr std::uint64_t count_of(std::uint64_t slot) noexcept { return slot & 0xffff'ffff; }
  static constexpr std::uint64_t added(std::uint64_t slot, std::uint64_t second) noexcept {
    return second_of(slot) == second ? slot + 1 : second << 32 | 1;
  }
  Slot& at(std::uint64_t second) noexcept { return slots_[second % seconds]; }

  std::array<Slot, seconds> slots_{};
};

class RetryBudget {
 public:
  struct Terms {
    double share = 0.2;  // of the requests that came
    std::uint32_t min = 3;
  };

  explicit RetryBudget(unsigned workers) : requests_(workers) {}

  // The worker's own thread.
  void count_request(unsigned worker, TimePoint now) noexcept { requests_[worker].count.add(second(now)); }
  // Any thread. False: the budget is used up, and nothing was taken.
  bool take(const Terms& terms, TimePoint now) noexcept;

 private:
  struct alignas(64) Cell {
    RecentCount count;
  };
  // Never 0, which is what an empty slot is about.
  static std::uint64_t second(TimePoint now) noexcept {
    auto seconds = static_cast<std::uint64_t>(now.time_since_epoch() / std::chrono::seconds(1));
    return (seconds + 1) & 0xffff'ffff;
  }

  std::vector<Cell> requests_;
  alignas(64) RecentCount taken_;
};

}  // namespace sluice::upstream
