// The one clock of the gateway: monotonic, nanoseconds. Wall-clock time is asked for by name (wall_now) and
// only to be printed or compared with what others stamped (Date, exp), never to measure.
#pragma once
#include <chrono>

namespace sluice {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

using WallClock = std::chrono::system_clock;
using WallPoint = WallClock::time_point;

inline WallPoint wall_now() noexcept {
  return WallClock::now();
}

}  // namespace sluice
