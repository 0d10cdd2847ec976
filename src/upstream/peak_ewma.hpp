// peak_ewma: two endpoints drawn by weight, and of those the one that this worker expects to answer first:
// its latency (upstream/latency.hpp), once for each request that it already has and once for this one.
// An endpoint of which nothing is known is expected to be like the mean of the others, so it is neither
// flooded for being the fastest nor shunned for being unknown.
#pragma once
#include "upstream/balancer.hpp"

namespace sluice::upstream {

class PeakEwma final : public Balancer {
 public:
  PeakEwma(EndpointSet::Ptr set, const BalanceRules& rules, unsigned worker, std::uint64_t seed) noexcept;

 private:
  const Member* pick(const Walk& walk) noexcept override;
  double cost(const Member& m, TimePoint now) const noexcept;
  double usual_latency(TimePoint now) const noexcept;

  Random random_;
  double mean_weight_;
};

}  // namespace sluice::upstream
