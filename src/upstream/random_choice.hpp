// random: any endpoint, by weight.
#pragma once
#include "upstream/balancer.hpp"

namespace sluice::upstream {

class RandomChoice final : public Balancer {
 public:
  RandomChoice(std::shared_ptr<const EndpointSet> set, unsigned worker, std::uint64_t seed) noexcept
      : Balancer(std::move(set), worker), random_(seed) {}

 private:
  std::size_t pick(const Walk& walk) noexcept override { return draw(random_, walk); }

  Random random_;
};

}  // namespace sluice::upstream
