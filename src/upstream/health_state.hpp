// HealthState: what a row of checks says of an endpoint. No I/O, no clock of its own.
//
//   HealthState state;
//   if (auto turned = state.observe(passed, {.rise = 2, .fall = 3}, now)) tell(turned->healthy);
//
// Healthy until it fails. Before a check has ever passed nothing is known, and one check decides: a server
// that is dead at start gets no traffic after its first check, and gets it with the first that passes. From
// then on `fall` failures in a row take it out and `rise` passes in a row take it in.
#pragma once
#include <cstdint>
#include <optional>

#include "sluice/clock.hpp"

namespace sluice::upstream {

class HealthState {
 public:
  struct Thresholds {
    std::uint32_t rise = 2;
    std::uint32_t fall = 3;
  };
  struct Transition {
    bool healthy;
    std::uint32_t checks;  // in a row that led to it
    Duration after;        // how long the state before had lasted; zero for the first
  };

  explicit HealthState(bool healthy = true) noexcept : healthy_(healthy) {}

  std::optional<Transition> observe(bool passed, const Thresholds& thresholds, TimePoint now) noexcept;
  bool healthy() const noexcept { return healthy_; }

 private:
  bool healthy_;
  bool proven_ = false;        // a check has passed
  std::uint32_t against_ = 0;  // checks in a row that contradict healthy_
  std::optional<TimePoint> since_;
};

}  // namespace sluice::upstream
