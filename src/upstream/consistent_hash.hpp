// consistent_hash: the endpoint that the request's key belongs to on a ring, and if that one is not available
// or has too much to do, the next on the ring: a request's second choice is the same each time too. Too much
// is more than `max_load` times its share, by weight, of this worker's requests in flight (consistent hashing
// with bounded loads, Mirrokni, Thorup and Zadimoghaddam, 2016), so that one busy key cannot drown one
// endpoint. A request without a key goes to any endpoint, by weight.
#pragma once
#include "upstream/balancer.hpp"

namespace sluice::upstream {

class ConsistentHash final : public Balancer {
 public:
  ConsistentHash(EndpointSet::Ptr set, const BalanceRules& rules, unsigned worker,
                 std::uint64_t seed) noexcept
      : Balancer(std::move(set), rules, worker), random_(seed) {}

 private:
  const Member* pick(const Walk& walk) noexcept override;
  template <class Fits>
  const Member* first_from(std::uint64_t key, const Walk& walk, Fits fits) const noexcept;
  bool anybody(const Walk& walk) const noexcept;
  bool has_room(const Member& m, const Walk& walk) const noexcept;

  Random random_;
};

}  // namespace sluice::upstream
