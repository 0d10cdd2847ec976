#include "upstream/round_robin.hpp"

namespace sluice::upstream {

RoundRobin::RoundRobin(std::shared_ptr<const EndpointSet> endpoints, unsigned worker)
    : Balancer(std::move(endpoints), worker), wealth_(set().size(), 0) {
  if (wealth_.empty()) return;
  auto& members = set().members();
  for (std::size_t step = 0; step < worker % wealth_.size(); ++step) {
    std::size_t richest = 0;
    for (std::size_t i = 0; i < wealth_.size(); ++i)
      if ((wealth_[i] += members[i].weight) > wealth_[richest]) richest = i;
    wealth_[richest] -= static_cast<std::int64_t>(set().total_weight());
  }
}

std::size_t RoundRobin::pick(const Walk& walk) noexcept {
  auto& members = set().members();
  auto richest = nobody;
  std::int64_t gained = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].weight == 0 || !eligible(i, walk)) continue;
    gained += members[i].weight;
    wealth_[i] += members[i].weight;
    if (richest == nobody || wealth_[i] > wealth_[richest]) richest = i;
  }
  if (richest != nobody) wealth_[richest] -= gained;
  return richest;
}

}  // namespace sluice::upstream
