#include "upstream/balancer.hpp"

#include "upstream/consistent_hash.hpp"
#include "upstream/least_request.hpp"
#include "upstream/peak_ewma.hpp"
#include "upstream/random_choice.hpp"
#include "upstream/round_robin.hpp"
#include "upstream/tiers.hpp"
#include "upstream/zones.hpp"

namespace sluice::upstream {

// ---- Walk

Walk::Walk(Balancer& balancer, const Asked& asked) noexcept : balancer_(&balancer), asked_(asked) {
  ++balancer.uses_;
}

Walk::~Walk() {
  if (balancer_) balancer_->release();
}

Endpoint* Walk::next() noexcept {
  if (steps_ == max_steps) return nullptr;
  const EndpointSet::Member* chosen = nullptr;
  if (steps_ == 0 && !asked_.token.empty()) {
    chosen = balancer_->set().called(asked_.token);
    if (chosen && !chosen->endpoint->available()) chosen = nullptr;
  }
  if (!chosen) chosen = balancer_->pick(*this);
  if (!chosen) return nullptr;
  met_[steps_++] = chosen;
  return chosen->endpoint.get();
}

// ---- Balancer

std::uint64_t Balancer::ramp(const Endpoint& endpoint, TimePoint now) const noexcept {
  constexpr auto least = parts_of_weight / 10;  // with nothing at all it would never warm up
  auto age = now - endpoint.available_since();
  if (age >= rules_.slow_start) return parts_of_weight;
  auto share = static_cast<double>(age.count()) / static_cast<double>(rules_.slow_start.count());
  return share <= 0 ? least : std::max(least, static_cast<std::uint64_t>(share * parts_of_weight));
}

// Drawing until one is eligible keeps the proportions among those that are. Where few are, that could take
// long, so after some draws they are added up.
const Balancer::Member* Balancer::draw(Random& random, const Walk& walk,
                                       const Member* except) const noexcept {
  constexpr int quick_draws = 4;
  if (set_->total_weight() == 0) return nullptr;
  bool ramps = rules_.slow_start != Duration{};
  for (int i = 0; i < quick_draws; ++i) {
    auto& m = set_->members()[set_->at_weight(random.below(set_->total_weight()))];
    if (&m == except || !eligible(m, walk)) continue;
    if (!ramps || random.below(parts_of_weight) < ramp(*m.endpoint, walk.asked().now)) return &m;
  }
  return draw_slowly(random, walk, except);
}

const Balancer::Member* Balancer::draw_slowly(Random& random, const Walk& walk,
                                              const Member* except) const noexcept {
  auto now = walk.asked().now;
  auto counts = [&](const Member& m) { return &m != except && m.weight > 0 && eligible(m, walk); };
  std::uint64_t total = 0;
  for (auto& m : set_->members())
    if (counts(m)) total += weight(m, now);
  if (total == 0) return nullptr;
  auto point = random.share() * static_cast<double>(total);
  const Member* last = nullptr;
  for (auto& m : set_->members()) {
    if (!counts(m)) continue;
    last = &m;  // health may have changed since they were added up
    point -= static_cast<double>(weight(m, now));
    if (point < 0) break;
  }
  return last;
}

// ---- what settings come to

BalanceRules rules_of(const config::Upstream& settings) noexcept {
  BalanceRules rules;
  rules.policy = settings.balance.policy();
  if (auto& hash = settings.balance.consistent_hash; hash && hash->max_load)
    rules.max_load = hash->max_load->share;
  rules.slow_start = settings.slow_start.value_or(Duration{});
  if (settings.zones) rules.spill_below = settings.zones->spill_below.share;
  return rules;
}

BalancerPtr make_balancer(const BalanceRules& rules, EndpointSet::Ptr set, unsigned worker,
                          std::uint64_t seed) {
  if (!set->tiers().empty()) return BalancerPtr(new Tiers(std::move(set), rules, worker, seed));
  if (set->near()) return BalancerPtr(new Zones(std::move(set), rules, worker, seed));
  switch (rules.policy) {
    case config::Balance::round_robin:
      return BalancerPtr(new RoundRobin(std::move(set), rules, worker));
    case config::Balance::peak_ewma:
      return BalancerPtr(new PeakEwma(std::move(set), rules, worker, seed));
    case config::Balance::random:
      return BalancerPtr(new RandomChoice(std::move(set), rules, worker, seed));
    case config::Balance::consistent_hash:
      return BalancerPtr(new ConsistentHash(std::move(set), rules, worker, seed));
    case config::Balance::least_request:
      break;
  }
  return BalancerPtr(new LeastRequest(std::move(set), rules, worker, seed));
}

}  // namespace sluice::upstream
