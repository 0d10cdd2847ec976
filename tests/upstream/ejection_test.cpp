#include "upstream/ejection.hpp"

#include <gtest/gtest.h>

#include "upstream/success_rate.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;

namespace {

struct EjectionTest : ::testing::Test {
  Ejection ejection;
  TimePoint now{1h};
  Duration once() {
    auto lasts = ejection.begin({.eject = 30s, .max_eject = 100s}, now);
    now += lasts;
    EXPECT_TRUE(ejection.over(now));
    EXPECT_FALSE(ejection.over(now - 1ns));
    ejection.end(now);
    return lasts;
  }
};

}  // namespace

TEST_F(EjectionTest, GrowsWithRepeatsUpToItsMost) {
  EXPECT_EQ(once(), 30s);
  EXPECT_EQ(once(), 60s);
  EXPECT_EQ(once(), 90s);
  EXPECT_EQ(once(), 100s);
  EXPECT_EQ(once(), 100s);
}

TEST_F(EjectionTest, GoodTimesTakeBackWhatBadOnesAdded) {
  for (int i = 0; i < 20; ++i) once();
  now += 59s;  // takes back one
  EXPECT_EQ(once(), 100s);
  now += 90s;  // three of four
  EXPECT_EQ(once(), 60s);
  now += 1h;
  EXPECT_EQ(once(), 30s);
}

TEST_F(EjectionTest, OneThatEndsEarlyIsRememberedAllTheSame) {
  ejection.begin({.eject = 30s, .max_eject = 5min}, now);
  EXPECT_TRUE(ejection.lasting());
  ejection.end(now += 1s);
  EXPECT_FALSE(ejection.lasting());
  EXPECT_EQ(ejection.begin({.eject = 30s, .max_eject = 5min}, now), 60s);
  EXPECT_EQ(ejection.repeats(), 2u);
}

TEST(SlidingCount, ForgetsWhatIsOlderThanItsWindow) {
  SlidingCount count;
  TimePoint now{1h};
  count.add({3, 1}, 10s, now);
  count.add({1, 0}, 10s, now += 5s);
  EXPECT_EQ(count.sum(10s, now).total(), 5u);
  EXPECT_EQ(count.sum(10s, now + 4900ms).badly, 1u);
  EXPECT_EQ(count.sum(10s, now + 5s).total(), 1u);
  EXPECT_EQ(count.sum(10s, now + 11s).total(), 0u);
  count.add({7, 0}, 10s, now += 1h);
  EXPECT_EQ(count.sum(10s, now).total(), 7u);
  count.clear();
  EXPECT_EQ(count.sum(10s, now).share(), 1.0);
}

TEST(SuccessRate, WhoIsClearlyUnderTheMeanStandsOut) {
  std::vector<Tally> pool = {{100, 0}, {100, 0}, {50, 50}, {100, 0}, {9, 90}};
  auto mean = mean_success(pool, 100);
  ASSERT_TRUE(mean);
  EXPECT_DOUBLE_EQ(*mean, 3.5 / 4);
  EXPECT_TRUE(stands_out(pool[2], *mean, 0.85, 100));
  EXPECT_FALSE(stands_out(pool[0], *mean, 0.85, 100));
  EXPECT_FALSE(stands_out(pool[4], *mean, 0.85, 100)) << "too few answers to say";
}

TEST(SuccessRate, WhereAllAreBadNobodyStandsOut) {
  std::vector<Tally> pool = {{40, 60}, {50, 50}, {45, 55}};
  for (auto& t : pool) EXPECT_FALSE(stands_out(t, *mean_success(pool, 100), 0.85, 100));
  EXPECT_FALSE(mean_success(std::vector<Tally>{{100, 0}, {5, 0}}, 100)) << "one alone has no others";
}
