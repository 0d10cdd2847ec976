#include "upstream/breaker_state.hpp"

#include <algorithm>

namespace sluice::upstream {
namespace {

// While the probes are on their way nobody knows how long it will take.
constexpr Duration until_probed = std::chrono::seconds(1);

}  // namespace

Duration BreakerState::left(TimePoint now) const noexcept {
  return phase_ == Phase::open ? std::max(Duration{}, until_ - now) : Duration{};
}

BreakerState::Admission BreakerState::admit(const Rules& rules, TimePoint now) noexcept {
  if (phase_ == Phase::closed) return {};
  if (phase_ == Phase::open) {
    if (now < until_) return {false, 0, until_ - now};
    phase_ = Phase::half_open;
    ++trials_;
    given_ = passed_ = 0;
  }
  if (given_ >= rules.probes) return {false, 0, until_probed};
  ++given_;
  return {true, trials_, {}};
}

bool BreakerState::count(const Tally& tally, const Rules& rules, TimePoint now) noexcept {
  if (phase_ != Phase::closed) return false;  // they set out before it opened
  recent_.add(tally, rules.window, now);
  auto sum = recent_.sum(rules.window, now);
  if (sum.badly == 0 || sum.total() < rules.min_requests || 1 - sum.share() < rules.error_rate) return false;
  open(rules, now);
  return true;
}

std::optional<BreakerState::Phase> BreakerState::probed(std::uint32_t probe, bool well, const Rules& rules,
                                                        TimePoint now) noexcept {
  if (phase_ != Phase::half_open || probe != trials_) return std::nullopt;
  if (!well) {
    open(rules, now);
  } else {
    if (++passed_ < rules.probes) return std::nullopt;
    close();
  }
  return phase_;
}

void BreakerState::lost(std::uint32_t probe) noexcept {
  if (phase_ == Phase::half_open && probe == trials_ && given_ > passed_) --given_;
}

void BreakerState::close() noexcept {
  phase_ = Phase::closed;
  recent_.clear();
}

void BreakerState::open(const Rules& rules, TimePoint now) noexcept {
  phase_ = Phase::open;
  until_ = now + rules.open;
  recent_.clear();
}

}  // namespace sluice::upstream
