#include "upstream/round_robin.hpp"

namespace sluice::upstream {

RoundRobin::RoundRobin(EndpointSet::Ptr endpoints, const BalanceRules& rules, unsigned worker)
    : Balancer(std::move(endpoints), rules, worker), wealth_(set().size(), 0) {
  if (wealth_.empty()) return;
  auto& members = set().members();
  for (std::size_t step = 0; step < worker % wealth_.size(); ++step) {
    std::size_t richest = 0;
    for (std::size_t i = 0; i < wealth_.size(); ++i)
      if ((wealth_[i] += static_cast<std::int64_t>(members[i].weight * parts_of_weight)) > wealth_[richest])
        richest = i;
    wealth_[richest] -= static_cast<std::int64_t>(set().total_weight() * parts_of_weight);
  }
}

const Balancer::Member* RoundRobin::pick(const Walk& walk) noexcept {
  auto& members = set().members();
  constexpr auto nobody = ~std::size_t{0};
  auto richest = nobody;
  std::int64_t gained = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].weight == 0 || !eligible(members[i], walk)) continue;
    auto gain = static_cast<std::int64_t>(weight(members[i], walk.asked().now));
    gained += gain;
    wealth_[i] += gain;
    if (richest == nobody || wealth_[i] > wealth_[richest]) richest = i;
  }
  if (richest == nobody) return nullptr;
  wealth_[richest] -= gained;
  return &members[richest];
}

}  // namespace sluice::upstream
