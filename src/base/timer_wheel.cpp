#include "base/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace sluice {

TimerWheel::TimerWheel(TimePoint start, TimePoint (*clock)(), WallPoint (*wall_clock)()) noexcept
    : clock_(clock), wall_clock_(wall_clock), start_(start) {
  now_ = start;
}

// Rounded up: a timer never fires early.
std::uint64_t TimerWheel::tick_of(TimePoint at) const noexcept {
  if (at <= start_) return 0;
  auto since = at - start_;
  return static_cast<std::uint64_t>((since + tick - Duration(1)) / tick);
}

void TimerWheel::arm(Timer& timer, TimePoint at, void (*fire)(Timer&)) noexcept {
  timer.at_ = at;
  timer.fire_ = fire;
  place(timer, done_ + 1);
}

// A timer stands on the lowest level whose span holds it; one beyond all levels waits on the last slot of the
// highest and is placed anew when it comes by.
void TimerWheel::place(Timer& timer, std::uint64_t earliest) noexcept {
  auto due = std::max(tick_of(timer.at_), earliest);
  unsigned level = 0;
  while (level + 1 < levels && (due >> (bits * level)) - (done_ >> (bits * level)) >= slots) ++level;
  auto turn = due >> (bits * level);
  auto last = (done_ >> (bits * level)) + slots - 1;
  auto slot = std::min(turn, last) % slots;
  wheel_[level][slot].push_back(timer);
  maybe_[level] |= std::uint64_t{1} << slot;
}

void TimerWheel::cascade(unsigned level) noexcept {
  auto slot = (done_ >> (bits * level)) % slots;
  if (slot == 0 && level + 1 < levels) cascade(level + 1);
  Link moved;
  moved.splice_back(wheel_[level][slot]);
  maybe_[level] &= ~(std::uint64_t{1} << slot);
  // done_ is the tick that is fired next: what is due in it must not be put off.
  while (moved.linked()) place(*static_cast<Timer*>(moved.next()), done_);
}

void TimerWheel::advance(TimePoint now) noexcept {
  now_ = now;
  auto target = now <= start_ ? 0 : static_cast<std::uint64_t>((now - start_) / tick);
  while (done_ < target) {
    auto next_at = next();
    if (next_at == TimePoint::max() || tick_of(next_at) > target) {
      done_ = target;
      return;
    }
    done_ = std::max(done_ + 1, tick_of(next_at));
    if (done_ % slots == 0) cascade(1);
    Link due;
    due.splice_back(wheel_[0][done_ % slots]);
    maybe_[0] &= ~(std::uint64_t{1} << (done_ % slots));
    while (due.linked()) {
      auto& timer = *static_cast<Timer*>(due.next());
      timer.unlink();
      timer.fire_(timer);
    }
  }
}

// The first tick at which a slot of any level comes by: either timers fire there, or they move down.
TimePoint TimerWheel::next() const noexcept {
  auto soonest = ~std::uint64_t{0};
  for (unsigned level = 0; level < levels; ++level) {
    auto at = done_ >> (bits * level);
    while (maybe_[level]) {
      auto rotated = std::rotr(maybe_[level], static_cast<int>((at + 1) % slots));
      auto ahead = static_cast<unsigned>(std::countr_zero(rotated)) + 1;
      auto slot = (at + ahead) % slots;
      if (wheel_[level][slot].linked()) {
        soonest = std::min(soonest, (at + ahead) << (bits * level));
        break;
      }
      maybe_[level] &= ~(std::uint64_t{1} << slot);
    }
  }
  if (soonest == ~std::uint64_t{0}) return TimePoint::max();
  return start_ + tick * static_cast<Duration::rep>(soonest);
}

}  // namespace sluice
