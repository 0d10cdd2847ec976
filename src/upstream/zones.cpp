#include "upstream/zones.hpp"

#include <algorithm>

namespace sluice::upstream {

double available_share(const EndpointSet& set) noexcept {
  std::uint64_t available = 0;
  for (auto& m : set.members())
    if (m.endpoint->available()) available += m.weight;
  return static_cast<double>(available) / static_cast<double>(std::max<std::uint64_t>(set.total_weight(), 1));
}

Zones::Zones(EndpointSet::Ptr endpoints, const BalanceRules& r, unsigned worker, std::uint64_t seed)
    : Balancer(std::move(endpoints), r, worker),
      near_(make_balancer(r, set().near(), worker, seed + 1)),
      far_(make_balancer(r, set().far(), worker, seed + 2)),
      random_(seed) {}

const Balancer::Member* Zones::pick(const Walk& walk) noexcept {
  bool near = begins_near(walk);
  auto* chosen = (near ? near_ : far_)->pick(walk);
  return chosen ? chosen : (near ? far_ : near_)->pick(walk);
}

// What a walk has met already says where it began: the first that was drawn, not a sticky one elsewhere.
bool Zones::begins_near(const Walk& walk) noexcept {
  if (walk.steps() > 0)
    return std::ranges::any_of(set().near()->members(), [&](auto& m) { return walk.met(*m.endpoint); });
  auto share = available_share(*set().near());
  return share >= rules().spill_below || random_.share() * rules().spill_below < share;
}

}  // namespace sluice::upstream
