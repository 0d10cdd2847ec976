#include "upstream/balancer.hpp"

#include "upstream/least_request.hpp"
#include "upstream/random_choice.hpp"
#include "upstream/round_robin.hpp"

namespace sluice::upstream {

Walk::Walk(Balancer& balancer, std::uint64_t key) noexcept : balancer_(&balancer), key_(key) {
  ++balancer.uses_;
}

Walk::~Walk() {
  if (balancer_) balancer_->release();
}

Endpoint* Walk::next() noexcept {
  if (steps_ == max_steps) return nullptr;
  auto index = balancer_->pick(*this);
  if (index == Balancer::nobody) return nullptr;
  met_[steps_++] = static_cast<std::uint32_t>(index);
  return balancer_->set().members()[index].endpoint.get();
}

// Drawing until one is eligible keeps the proportions among those that are. Where few are, that could take
// long, so after some draws they are added up.
std::size_t Balancer::draw(Random& random, const Walk& walk, std::size_t except) const noexcept {
  constexpr int quick_draws = 4;
  auto& members = set_->members();
  if (set_->total_weight() == 0) return nobody;
  for (int i = 0; i < quick_draws; ++i) {
    auto index = set_->at_weight(random.below(set_->total_weight()));
    if (index != except && eligible(index, walk)) return index;
  }
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < members.size(); ++i)
    if (i != except && eligible(i, walk)) total += members[i].weight;
  if (total == 0) return nobody;
  std::uint64_t point = random.below(total);
  auto last = nobody;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i == except || members[i].weight == 0 || !eligible(i, walk)) continue;
    last = i;  // health may have changed since they were added up
    if (point < members[i].weight) break;
    point -= members[i].weight;
  }
  return last;
}

BalancerPtr make_balancer(config::Balance kind, std::shared_ptr<const EndpointSet> set, unsigned worker,
                          std::uint64_t seed) {
  switch (kind) {
    case config::Balance::round_robin:
      return BalancerPtr(new RoundRobin(std::move(set), worker));
    case config::Balance::random:
      return BalancerPtr(new RandomChoice(std::move(set), worker, seed));
    case config::Balance::least_request:
      break;
  }
  return BalancerPtr(new LeastRequest(std::move(set), worker, seed));
}

}  // namespace sluice::upstream
