// HashRing: which endpoint a key belongs to. Each endpoint has points on a ring, as many as its weight asks
// for; a key belongs to the first point after its own. When one of n endpoints goes, its keys alone move,
// and to all others; when one comes, it takes its share from all.
//
//   HashRing ring(parts);                            // names and weights
//   for (std::size_t at = ring.at(key), left = ring.size(); left > 0; --left, at = ring.after(at))
//     if (fits(ring.owner(at))) return ring.owner(at);
//
// The same in every process: it hangs on nothing but names, weights and keys.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::upstream {

// Where on a ring something lies that is called so.
std::uint64_t hash_of(std::string_view text) noexcept;

class HashRing {
 public:
  struct Part {
    std::string_view name;
    std::uint32_t weight;
  };
  // More would make shares more even and the ring larger: with 160 one endpoint's is within a fifth of what
  // it should be, nearly always.
  static constexpr std::uint64_t points_for_weight = 160;
  static constexpr std::uint64_t most_points = 1 << 18;  // with more, each weight gets fewer

  HashRing() = default;
  explicit HashRing(std::span<const Part> parts);

  std::size_t size() const noexcept { return points_.size(); }
  // size() must not be 0.
  std::size_t at(std::uint64_t key) const noexcept;
  std::size_t after(std::size_t point) const noexcept { return point + 1 == points_.size() ? 0 : point + 1; }
  std::uint32_t owner(std::size_t point) const noexcept { return points_[point].owner; }

 private:
  struct Point {
    std::uint64_t at;
    std::uint32_t owner;  // place among the parts
  };
  std::vector<Point> points_;
};

}  // namespace sluice::upstream
