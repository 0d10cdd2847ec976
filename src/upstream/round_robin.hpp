// round_robin: in turn, by weight, smoothly: with weights 5, 1, 1 the order is a a b a c a a, never five
// times the same one in a row. Each time every eligible endpoint gains its weight, the richest is chosen and
// pays what all have gained.
#pragma once
#include <vector>

#include "upstream/balancer.hpp"

namespace sluice::upstream {

class RoundRobin final : public Balancer {
 public:
  // Workers begin at different places of the round, so that the first endpoint is not everybody's first.
  RoundRobin(EndpointSet::Ptr set, const BalanceRules& rules, unsigned worker);

 private:
  const Member* pick(const Walk& walk) noexcept override;

  std::vector<std::int64_t> wealth_;
};

}  // namespace sluice::upstream
