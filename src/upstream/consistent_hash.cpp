#include "upstream/consistent_hash.hpp"

#include <algorithm>

namespace sluice::upstream {

const Balancer::Member* ConsistentHash::pick(const Walk& walk) noexcept {
  auto& key = walk.asked().key;
  if (!key) return draw(random_, walk);
  if (!anybody(walk)) return nullptr;
  auto* roomy = first_from(*key, walk, [&](auto& m) { return has_room(m, walk); });
  return roomy ? roomy : first_from(*key, walk, [](auto&) { return true; });
}

template <class Fits>
const Balancer::Member* ConsistentHash::first_from(std::uint64_t key, const Walk& walk,
                                                   Fits fits) const noexcept {
  auto& ring = set().ring();
  auto at = ring.at(key);
  for (auto left = ring.size(); left > 0; --left, at = ring.after(at)) {
    auto& m = set().members()[ring.owner(at)];
    if (eligible(m, walk) && fits(m)) return &m;
  }
  return nullptr;
}

// A whole way round the ring is long; finding out that it would be in vain is not.
bool ConsistentHash::anybody(const Walk& walk) const noexcept {
  return std::ranges::any_of(set().members(), [&](auto& m) { return m.weight > 0 && eligible(m, walk); });
}

// Whoever has nothing to do has room, so the rest is asked only where there is something to share.
bool ConsistentHash::has_room(const Member& m, const Walk& walk) const noexcept {
  auto own = in_flight(m);
  if (own == 0 || rules().max_load == 0) return true;
  auto now = walk.asked().now;
  std::uint64_t all = 1, weights = 0;
  for (auto& other : set().members()) {
    if (!other.endpoint->available()) continue;
    all += in_flight(other);
    weights += weight(other, now);
  }
  auto share = static_cast<double>(weight(m, now)) / static_cast<double>(weights);
  return static_cast<double>(own) < rules().max_load * share * static_cast<double>(all);
}

}  // namespace sluice::upstream
