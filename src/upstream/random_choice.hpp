// random: any endpoint, by weight.
#pragma once
#include "upstream/balancer.hpp"

namespace sluice::upstream {

class RandomChoice final : public Balancer {
 public:
  RandomChoice(EndpointSet::Ptr set, const BalanceRules& rules, unsigned worker, std::uint64_t seed) noexcept
      : Balancer(std::move(set), rules, worker), random_(seed) {}

 private:
  const Member* pick(const Walk& walk) noexcept override { return draw(random_, walk); }

  Random random_;
};

}  // namespace sluice::upstream
