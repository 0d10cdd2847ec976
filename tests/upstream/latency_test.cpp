#include "upstream/latency.hpp"

#include <gtest/gtest.h>

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint start(1h);

double milliseconds(double nanoseconds) {
  return nanoseconds / 1e6;
}

}  // namespace

TEST(Latency, IsUnknownUntilSomethingWasAnswered) {
  Latency latency;
  EXPECT_FALSE(latency.known());
  latency.observe(1ms, start, false);
  EXPECT_FALSE(latency.known());
  latency.observe(10ms, start, true);
  EXPECT_TRUE(latency.known());
  EXPECT_DOUBLE_EQ(milliseconds(latency.at(start)), 10);
}

TEST(Latency, JumpsUpAtOnceAndComesDownSlowly) {
  Latency latency;
  latency.observe(10ms, start, true);
  latency.observe(100ms, start + 1s, true);
  EXPECT_DOUBLE_EQ(milliseconds(latency.at(start + 1s)), 100);
  latency.observe(10ms, start + 2s, true);
  EXPECT_NEAR(milliseconds(latency.at(start + 2s)), 10 + 90 * std::exp(-0.1), 0.01);
  for (int i = 3; i < 100; ++i) latency.observe(10ms, start + i * 1s, true);
  EXPECT_NEAR(milliseconds(latency.at(start + 99s)), 10, 0.1);
}

TEST(Latency, IsForgottenWhenNobodyAsks) {
  Latency latency;
  latency.observe(100ms, start, true);
  EXPECT_NEAR(milliseconds(latency.at(start + Latency::memory)), 36.8, 0.1);
  EXPECT_LT(milliseconds(latency.at(start + 1min)), 0.3);
}

TEST(Latency, AFastFailureIsNoMerit) {
  Latency latency;
  latency.observe(100ms, start, true);
  for (int i = 1; i <= 60; ++i) latency.observe(1ms, start + i * 1s, false);
  EXPECT_DOUBLE_EQ(milliseconds(latency.at(start + 60s)), 100);
  latency.observe(1s, start + 61s, false);
  EXPECT_DOUBLE_EQ(milliseconds(latency.at(start + 61s)), 1000);
}

TEST(Latency, DoesNotMindAClockThatStands) {
  Latency latency;
  latency.observe(10ms, start, true);
  latency.observe(5ms, start, true);
  EXPECT_DOUBLE_EQ(milliseconds(latency.at(start)), 10);
  EXPECT_DOUBLE_EQ(milliseconds(latency.at(start - 1s)), 10);
}
