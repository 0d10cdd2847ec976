#include "upstream/hash_ring.hpp"

#include <algorithm>

#include "base/keyed_hash.hpp"
#include "upstream/random.hpp"

namespace sluice::upstream {
namespace {

// A number for all time: with another one every key would move.
constexpr base::HashSeed seed = {0x736c756963652072, 0x696e67206f66206b};

// Halved until the ring is small enough, so that most changes of weights leave it as it is.
std::uint64_t points_for_each(std::span<const HashRing::Part> parts) noexcept {
  std::uint64_t weights = 0;
  for (auto& p : parts) weights += p.weight;
  auto points = HashRing::points_for_weight;
  while (points > 1 && points * weights > HashRing::most_points) points /= 2;
  return points;
}

}  // namespace

std::uint64_t hash_of(std::string_view text) noexcept {
  return base::KeyedHash<>(seed).add(text).finish();
}

HashRing::HashRing(std::span<const Part> parts) {
  auto each = points_for_each(parts);
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    Random points(hash_of(parts[i].name));
    for (auto left = each * parts[i].weight; left > 0; --left) points_.push_back({points(), i});
  }
  std::ranges::sort(points_, {}, &Point::at);
}

std::size_t HashRing::at(std::uint64_t key) const noexcept {
  auto found = std::ranges::upper_bound(points_, key, {}, &Point::at);
  return found == points_.end() ? 0 : static_cast<std::size_t>(found - points_.begin());
}

}  // namespace sluice::upstream
