// Hashed timer wheel with ticks of 4 ms in four levels (256 ms, 16 s, 17 min, 18 h), lazily cascaded.
//
//   TimerWheel timers(now);
//   timers.arm(node, timers.now() + 20ms, fire);
//   for (;;) {
//     sleep_until(timers.next());      // max() while nothing is armed: an idle worker sleeps
//     timers.advance(Clock::now());    // fires what is due
//   }
#pragma once
#include <array>
#include <cstdint>

#include "sluice/timers.hpp"

namespace sluice {

class TimerWheel final : public Timers {
 public:
  static constexpr Duration tick = std::chrono::milliseconds(4);

  // `clock` is what exact() reads; null: the time of the turn. `wall_clock` is what wall() reads.
  explicit TimerWheel(TimePoint start, TimePoint (*clock)() = nullptr,
                      WallPoint (*wall_clock)() = wall_now) noexcept;

  TimePoint exact() const noexcept override { return clock_ ? clock_() : now_; }

  void arm(Timer& timer, TimePoint at, void (*fire)(Timer&)) noexcept override;

  // Sets now() without firing anything: what a turn of the loop begins with.
  void set_now(TimePoint now) noexcept { now_ = now; }
  // Sets now() and fires what is due, in order of ticks.
  void advance(TimePoint now) noexcept;
  // When advance() is to be called next, at the latest; TimePoint::max() when nothing is armed.
  TimePoint next() const noexcept;

 private:
  WallPoint read_wall() const noexcept override { return wall_clock_(); }

  static constexpr unsigned levels = 4;
  static constexpr unsigned bits = 6;
  static constexpr unsigned slots = 1u << bits;

  std::uint64_t tick_of(TimePoint at) const noexcept;
  void place(Timer& timer, std::uint64_t earliest) noexcept;
  void cascade(unsigned level) noexcept;

  TimePoint (*clock_)();
  WallPoint (*wall_clock_)();
  TimePoint start_;
  std::uint64_t done_ = 0;  // the last tick whose timers were fired
  std::array<std::array<Link, slots>, levels> wheel_;
  // A bit may be set for a slot that has emptied itself since; it is cleared when seen.
  mutable std::array<std::uint64_t, levels> maybe_{};
};

}  // namespace sluice
