#include "upstream/health_state.hpp"

#include <utility>

namespace sluice::upstream {

std::optional<HealthState::Transition> HealthState::observe(bool passed, const Thresholds& thresholds,
                                                            TimePoint now) noexcept {
  auto needed = !proven_ ? 1 : passed ? thresholds.rise : thresholds.fall;
  proven_ |= passed;
  if (!since_) since_ = now;
  against_ = passed == healthy_ ? 0 : against_ + 1;
  if (against_ == 0 || against_ < needed) return std::nullopt;
  healthy_ = passed;
  return Transition{passed, std::exchange(against_, 0), now - *std::exchange(since_, now)};
}

}  // namespace sluice::upstream
