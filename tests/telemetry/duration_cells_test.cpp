#include "telemetry/duration_cells.hpp"

#include <gtest/gtest.h>

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(Bounds, AreWrittenOutInOnePlace) {
  constexpr std::array<std::uint64_t, 16> expected = {
      100'000,       250'000,       500'000,       1'000'000,     2'500'000,   5'000'000,
      10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000, 500'000'000,
      1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};
  EXPECT_EQ(RequestBounds::values, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(GatewayBounds::values[i], expected[i] / 10);
}

// The definition, against which the table is tested.
template <class B>
std::size_t searched(std::uint64_t n) {
  std::size_t i = 0;
  while (i < B::size && n > B::values[i]) ++i;
  return i;
}

TEST(Bounds, FindTheBucketAtEveryEdge) {
  for (std::size_t i = 0; i < RequestBounds::size; ++i) {
    auto edge = RequestBounds::values[i];
    EXPECT_EQ(RequestBounds::bucket(edge - 1), i) << edge;
    EXPECT_EQ(RequestBounds::bucket(edge), i) << edge;
    EXPECT_EQ(RequestBounds::bucket(edge + 1), i + 1) << edge;
  }
}

TEST(Bounds, FindTheBucketBetweenTheEdges) {
  for (unsigned bits = 0; bits < 64; ++bits)
    for (std::uint64_t around : {-1, 0, 1}) {
      auto n = (std::uint64_t{1} << bits) + around;
      EXPECT_EQ(RequestBounds::bucket(n), searched<RequestBounds>(n)) << n;
      EXPECT_EQ(GatewayBounds::bucket(n), searched<GatewayBounds>(n)) << n;
    }
  EXPECT_EQ(RequestBounds::bucket(0), 0u);
  EXPECT_EQ(RequestBounds::bucket(~std::uint64_t{0}), RequestBounds::size);
}

TEST(DurationCells, CountAndSum) {
  DurationCells<RequestBounds> cells;
  cells.observe(100us);
  cells.observe(101us);
  cells.observe(1h);
  cells.observe(-1s);
  EXPECT_EQ(cells.buckets[0].value(), 2u);
  EXPECT_EQ(cells.buckets[1].value(), 1u);
  EXPECT_EQ(cells.buckets[RequestBounds::size].value(), 1u);
  EXPECT_EQ(cells.sum.value(), 3'600'000'201'000u);
}

}  // namespace
}  // namespace sluice::telemetry
