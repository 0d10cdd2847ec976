// Chance for choices among endpoints: small, fast, and repeatable from its seed. Not for secrets.
//
//   Random random(seed);
//   auto index = random.below(set.size());
#pragma once
#include <cstdint>

namespace sluice::upstream {

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  // SplitMix64: a counter through a mixer, so that neighbouring seeds have nothing in common.
  std::uint64_t operator()() noexcept {
    auto z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 .. n-1, n up to 2^32; the error of scaling instead of dividing is below 2^-31.
  std::uint32_t below(std::uint64_t n) noexcept {
    return static_cast<std::uint32_t>(((*this)() >> 32) * n >> 32);
  }
  // 0 .. 1, 1 excluded.
  double share() noexcept { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace sluice::upstream
