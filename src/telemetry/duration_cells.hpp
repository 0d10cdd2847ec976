// A worker's share of a histogram of durations. The bounds are 1, 2.5 and 5 times the powers of ten from
// `first` on, sixteen of them, so that the bucket is found by the number of bits and one comparison.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

#include "sluice/clock.hpp"
#include "sluice/metrics.hpp"

namespace sluice::telemetry {

// Upper bounds in nanoseconds; what is above the last is in one more bucket.
template <std::uint64_t first>
struct Bounds {
  static constexpr std::size_t size = 16;
  static constexpr std::array<std::uint64_t, size> values = [] {
    std::array<std::uint64_t, size> bounds{};
    std::uint64_t power = first;
    for (std::size_t i = 0; i < size; ++i) {
      bounds[i] = i % 3 == 0 ? power : i % 3 == 1 ? power * 5 / 2 : power * 5;
      if (i % 3 == 2) power *= 10;
    }
    return bounds;
  }();

  // The bucket whose bound is the first that is not below the value.
  static constexpr std::size_t bucket(std::uint64_t nanoseconds) noexcept {
    std::size_t candidate = lowest_[static_cast<std::size_t>(std::bit_width(nanoseconds))];
    return candidate + (nanoseconds > values_and_end_[candidate] ? 1 : 0);
  }

 private:
  static constexpr std::array<std::uint64_t, size + 1> values_and_end_ = [] {
    std::array<std::uint64_t, size + 1> bounds{};
    for (std::size_t i = 0; i < size; ++i) bounds[i] = values[i];
    bounds[size] = ~std::uint64_t{0};
    return bounds;
  }();
  // For each number of bits: the bucket of the smallest such value. A bound is at least twice the one before,
  // so the largest such value is at most one bucket further.
  static constexpr std::array<std::uint8_t, 65> lowest_ = [] {
    std::array<std::uint8_t, 65> table{};
    for (std::size_t bits = 1; bits <= 64; ++bits) {
      std::uint8_t bucket = 0;
      while (bucket < size && values[bucket] < std::uint64_t{1} << (bits - 1)) ++bucket;
      table[bits] = bucket;
    }
    return table;
  }();
};

using RequestBounds = Bounds<100'000>;  // 100 us to 10 s
using GatewayBounds = Bounds<10'000>;   // 10 us to 1 s: the gateway's own time

template <class B>
struct DurationCells {
  std::array<Cell, B::size + 1> buckets;
  Cell sum;  // nanoseconds

  // A negative duration counts as none.
  void observe(Duration duration) noexcept {
    auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
    auto nanoseconds = count < 0 ? 0 : static_cast<std::uint64_t>(count);
    buckets[B::bucket(nanoseconds)].add();
    sum.add(nanoseconds);
  }
};

}  // namespace sluice::telemetry
