// Ejection: for how long an endpoint that stands out is left alone, and what it is remembered for. No I/O, no
// clock of its own.
//
//   Ejection ejection;
//   Duration lasts = ejection.begin({.eject = 30s, .max_eject = 5min}, now);
//   if (ejection.lasting() && ejection.over(now)) ejection.end(now);
//
// Each that follows lasts one `eject` longer than the one before, at most `max_eject`; each `eject` spent
// without one takes that back.
#pragma once
#include <cstdint>

#include "sluice/clock.hpp"

namespace sluice::upstream {

class Ejection {
 public:
  struct Terms {
    Duration eject;
    Duration max_eject;
  };

  // Not while it lasts.
  Duration begin(const Terms& terms, TimePoint now) noexcept;
  void end(TimePoint now) noexcept;

  bool lasting() const noexcept { return lasting_; }
  bool over(TimePoint now) const noexcept { return now >= until_; }
  TimePoint began() const noexcept { return began_; }
  TimePoint until() const noexcept { return until_; }
  // The one that lasts included; what was spent well is taken off at the next begin().
  std::uint32_t repeats() const noexcept { return repeats_; }

 private:
  bool lasting_ = false;
  std::uint32_t repeats_ = 0;
  TimePoint began_{}, until_{}, ended_{};
};

}  // namespace sluice::upstream
