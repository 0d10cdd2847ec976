// least_request: two endpoints drawn by weight, and of those the one with fewer requests of this worker in
// flight for its weight. Two choices come close to the least of all, without a herd of workers that all see
// the same one idle; an idle pair goes by the draw, so that weights hold at low load too.
#pragma once
#include "upstream/balancer.hpp"

namespace sluice::upstream {

class LeastRequest final : public Balancer {
 public:
  LeastRequest(std::shared_ptr<const EndpointSet> set, unsigned worker, std::uint64_t seed) noexcept
      : Balancer(std::move(set), worker), random_(seed) {}

 private:
  std::size_t pick(const Walk& walk) noexcept override;
  bool busier(std::size_t a, std::size_t b) const noexcept;

  Random random_;
};

}  // namespace sluice::upstream
