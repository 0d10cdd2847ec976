// Tiers: the endpoints of the lowest tier that has an available one serve; the others wait for its end. A
// walk whose tier is used up goes on in the next.
#pragma once
#include <vector>

#include "upstream/balancer.hpp"

namespace sluice::upstream {

class Tiers final : public Balancer {
 public:
  Tiers(EndpointSet::Ptr endpoints, const BalanceRules& rules, unsigned worker, std::uint64_t seed)
      : Balancer(std::move(endpoints), rules, worker) {
    for (auto& tier : set().tiers()) tiers_.push_back(make_balancer(rules, tier, worker, seed++));
  }

 private:
  const Member* pick(const Walk& walk) noexcept override {
    for (auto& tier : tiers_)
      if (auto* chosen = tier->pick(walk)) return chosen;
    return nullptr;
  }

  std::vector<BalancerPtr> tiers_;
};

}  // namespace sluice::upstream
