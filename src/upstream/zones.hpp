// Zones: the local zone's endpoints before all others. While `spill_below` of its weight is available it
// takes every request; below that it takes what is left in proportion, and the others take the rest: with 70
// % and 35 % available, half. A walk that began in one of the two uses it up before it goes to the other.
#pragma once
#include "upstream/balancer.hpp"

namespace sluice::upstream {

class Zones final : public Balancer {
 public:
  Zones(EndpointSet::Ptr set, const BalanceRules& rules, unsigned worker, std::uint64_t seed);

 private:
  const Member* pick(const Walk& walk) noexcept override;
  bool begins_near(const Walk& walk) noexcept;

  BalancerPtr near_, far_;
  Random random_;
};

// The part of a set's weight that may get requests, 0 to 1.
double available_share(const EndpointSet& set) noexcept;

}  // namespace sluice::upstream
