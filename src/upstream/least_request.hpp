// least_request: two endpoints drawn by weight, and of those the one with fewer requests of this worker in
// flight for its weight. Two choices come close to the least of all, without a herd of workers that all see
// the same one idle; an idle pair goes by the draw, so that weights hold at low load too.
#pragma once
#include "upstream/balancer.hpp"

namespace sluice::upstream {

class LeastRequest final : public Balancer {
 public:
  LeastRequest(EndpointSet::Ptr set, const BalanceRules& rules, unsigned worker, std::uint64_t seed) noexcept
      : Balancer(std::move(set), rules, worker), random_(seed) {}

 private:
  const Member* pick(const Walk& walk) noexcept override {
    auto* first = draw(random_, walk);
    auto* second = first && set().size() > 1 ? draw(random_, walk, first) : nullptr;
    return second && busier(*first, *second, walk.asked().now) ? second : first;
  }
  bool busier(const Member& a, const Member& b, TimePoint now) const noexcept {
    return in_flight(a) * weight(b, now) > in_flight(b) * weight(a, now);
  }

  Random random_;
};

}  // namespace sluice::upstream
