// The wall clock, read once in a turn of the loop.
//
//   auto now = clock.now(x.worker.timers);
#pragma once
#include "filters/jwt/claims.hpp"
#include "sluice/clock.hpp"
#include "sluice/timers.hpp"

namespace sluice::filters::jwt {

class TurnClock {
 public:
  using Source = WallPoint (*)();

  Moment now(const Timers& timers, Source source) {
    if (timers.now() != turn_) {
      turn_ = timers.now();
      now_ = moment(source());
    }
    return now_;
  }

 private:
  TimePoint turn_ = TimePoint::min();
  Moment now_{};
};

}  // namespace sluice::filters::jwt
