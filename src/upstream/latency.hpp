// Latency: how long one endpoint takes, as one worker has seen it: a mean that decays, jumps up with every
// slower answer and comes down slowly (peak EWMA). No clock of its own.
//
//   latency.observe(took, now, answered_well);
//   if (latency.known()) auto expected = latency.at(now);      // in nanoseconds
//
// What is not asked any more is forgotten: after a while an endpoint that was slow looks fast enough to be
// tried again, and one answer shows what it is.
#pragma once
#include <algorithm>
#include <cmath>

#include "sluice/clock.hpp"

namespace sluice::upstream {

class Latency {
 public:
  static constexpr Duration memory = std::chrono::seconds(10);  // what is left of a mean after it: 37 %

  bool known() const noexcept { return at_ != TimePoint{}; }

  double at(TimePoint now) const noexcept { return mean_ * left_after(now - at_); }

  // Answering fast with nothing is no merit: a failure can only make it slower, and keeps it from being
  // forgotten.
  void observe(Duration took, TimePoint now, bool well) noexcept {
    auto sample = static_cast<double>(took.count());
    if (well) {
      auto left = left_after(now - at_);
      mean_ = std::max(sample, mean_ * left + sample * (1 - left));
    } else if (known()) {
      mean_ = std::max(sample, mean_);
    } else {
      return;
    }
    at_ = now;
  }

 private:
  static double left_after(Duration passed) noexcept {
    if (passed <= Duration{}) return 1;
    return std::exp(-static_cast<double>(passed.count()) / static_cast<double>(memory.count()));
  }

  double mean_ = 0;
  TimePoint at_{};
};

}  // namespace sluice::upstream
