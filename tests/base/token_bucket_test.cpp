// The bucket against a model in exact rational numbers.
#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace sluice;
using namespace sluice::base;
using namespace std::chrono_literals;

namespace {

const TimePoint start(1h);

bool take(TokenBucket& bucket, const BucketRule& rule, TimePoint now, std::uint64_t cost = 1) {
  bucket.refill(rule, now);
  if (!bucket.holds(cost)) return false;
  bucket.take(cost);
  return true;
}

// Tokens times `per`, which is what they are without a remainder.
struct Model {
  Wide level;
  TimePoint at;

  Model(const BucketRule& rule, TimePoint now) : level(Wide(rule.burst) * rule.per), at(now) {}
  bool take(const BucketRule& rule, TimePoint now, std::uint64_t cost) {
    level += Wide(static_cast<std::uint64_t>((now - at).count())) * rule.count;
    level = std::min(level, Wide(rule.burst) * rule.per);
    at = now;
    auto price = Wide(cost) * rule.per;
    if (level < price) return false;
    level -= price;
    return true;
  }
};

struct Dice {
  std::mt19937_64 random;
  std::uint64_t upto(std::uint64_t most) { return 1 + random() % most; }
  // Numbers of all sizes alike.
  std::uint64_t scale(unsigned bits) { return upto(std::uint64_t{1} << upto(bits)); }
  BucketRule rule() {
    constexpr Duration pers[] = {1s, 1min, 1h, 24h};
    auto count = scale(24);
    return BucketRule(Rate{count, pers[random() % 4]}, random() % 2 ? count : scale(24));
  }
};

}  // namespace

TEST(TokenBucket, StartsFullAndGainsAtItsRate) {
  BucketRule rule(Rate{10, 1s}, 3);
  auto bucket = TokenBucket::full(rule, start);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take(bucket, rule, start));
  EXPECT_FALSE(take(bucket, rule, start));
  EXPECT_FALSE(take(bucket, rule, start + 100ms - 1ns));
  EXPECT_TRUE(take(bucket, rule, start + 100ms));
  EXPECT_FALSE(take(bucket, rule, start + 100ms));
}

TEST(TokenBucket, LookingAtItOftenCostsNothing) {
  BucketRule rule(Rate{3, 1s}, 1);  // a third of a second is no whole number of nanoseconds
  auto bucket = TokenBucket::full(rule, start);
  int taken = 0;
  for (auto now = start; now <= start + 1000s; now += 7919us) taken += take(bucket, rule, now);
  EXPECT_GT(taken, 2900);
  auto patient = TokenBucket::full(rule, start);
  patient.take(1);
  for (auto now = start; now < start + 333333333ns; now += 1us) patient.refill(rule, now);
  EXPECT_FALSE(take(patient, rule, start + 333333333ns));
  EXPECT_TRUE(take(patient, rule, start + 333333334ns));
}

TEST(TokenBucket, IsTheModelToTheNanosecond) {
  Dice dice;
  for (int round = 0; round < 300; ++round) {
    auto rule = dice.rule();
    auto bucket = TokenBucket::full(rule, start);
    Model model(rule, start);
    auto now = start;
    for (int i = 0; i < 300; ++i) {
      now += Duration(static_cast<Duration::rep>(dice.scale(42)));
      auto cost = dice.upto(std::max<std::uint64_t>(rule.burst / 3, 1));
      ASSERT_EQ(take(bucket, rule, now, cost), model.take(rule, now, cost)) << "round " << round;
      ASSERT_EQ(Wide(bucket.whole()) * rule.per + bucket.part(), model.level);
    }
  }
}

TEST(TokenBucket, InAnyWindowAtMostBurstAndWhatTheRateGives) {
  Dice dice;
  for (int round = 0; round < 200; ++round) {
    auto rule = dice.rule();
    auto bucket = TokenBucket::full(rule, start);
    // Always empty, so the bound is reached: everything that can be taken is.
    Wide taken = 0;
    auto now = start;
    for (int i = 0; i < 200; ++i) {
      now += Duration(static_cast<Duration::rep>(dice.upto(rule.per / rule.count + 1)));
      bucket.refill(rule, now);
      taken += bucket.whole();
      auto all = bucket.whole();
      if (all < rule.burst) bucket.take(all);
      if (all == rule.burst) return;  // it was full: tokens were lost, and the bound is not reached
      auto elapsed = Wide(static_cast<std::uint64_t>((now - start).count()));
      ASSERT_LE(taken, rule.burst + elapsed * rule.count / rule.per);
    }
  }
}

TEST(TokenBucket, TakesExactlyBurstAndRateTimesTimeFromAHungryKey) {
  Dice dice;
  for (int round = 0; round < 100; ++round) {
    BucketRule rule(Rate{dice.upto(5000), 1s}, 1 + dice.upto(100));
    auto bucket = TokenBucket::full(rule, start);
    std::uint64_t taken = 0;
    auto step = Duration(static_cast<Duration::rep>(dice.upto(200'000)));
    auto now = start;
    for (; now < start + 1s; now += step)
      while (take(bucket, rule, now)) ++taken;
    auto elapsed = static_cast<std::uint64_t>((now - step - start).count());
    EXPECT_EQ(taken, rule.burst + elapsed * rule.count / rule.per);
  }
}

TEST(TokenBucket, SaysToTheNanosecondWhenTheCostIsThere) {
  Dice dice;
  for (int round = 0; round < 2000; ++round) {
    auto rule = dice.rule();
    auto bucket = TokenBucket::full(rule, start);
    bucket.take(dice.upto(rule.burst));
    auto now = start + Duration(static_cast<Duration::rep>(dice.scale(36)));
    bucket.refill(rule, now);
    auto cost = dice.upto(rule.burst);
    auto wait = bucket.until(cost, rule, now);
    if (wait == Duration{} || wait > std::chrono::hours(24 * 365 * 100)) continue;
    auto early = bucket, punctual = bucket;
    EXPECT_FALSE(take(early, rule, now + wait - 1ns, cost));
    EXPECT_TRUE(take(punctual, rule, now + wait, cost));
  }
}

TEST(TokenBucket, IsFullWhenItSaid) {
  BucketRule rule(Rate{7, 1min}, 20);
  auto bucket = TokenBucket::full(rule, start);
  EXPECT_EQ(bucket.until_full(rule, start), Duration{});
  bucket.take(20);
  auto wait = bucket.until_full(rule, start);
  bucket.refill(rule, start + wait - 1ns);
  EXPECT_EQ(bucket.whole(), 19u);
  bucket.refill(rule, start + wait);
  EXPECT_EQ(bucket.whole(), 20u);
  EXPECT_EQ(bucket.part(), 0u);
}

TEST(TokenBucket, MoreThanTheBurstIsNeverThere) {
  BucketRule rule(Rate{7, 1min}, 20);
  EXPECT_EQ(TokenBucket::full(rule, start).until(21, rule, start), Duration::max());
}

TEST(TokenBucket, AClockThatStandsBehindGainsNothingAndWaitsLonger) {
  BucketRule rule(Rate{1, 1s}, 1);
  auto bucket = TokenBucket::full(rule, start);
  bucket.take(1);
  EXPECT_FALSE(take(bucket, rule, start - 10ms));
  EXPECT_EQ(bucket.until(1, rule, start - 10ms), 1010ms);
  EXPECT_TRUE(take(bucket, rule, start + 1s));
}

TEST(TokenBucket, TheLargestNumbersDoNotOverflow) {
  BucketRule rule(Rate{BucketRule::max_burst, 24h}, BucketRule::max_burst);
  auto bucket = TokenBucket::full(rule, start);
  bucket.take(rule.burst);
  EXPECT_EQ(bucket.until_full(rule, start), 24h);
  bucket.refill(rule, start + 12h);
  EXPECT_EQ(bucket.whole(), rule.burst / 2);
  bucket.refill(rule, start + std::chrono::hours(24 * 365 * 100));
  EXPECT_EQ(bucket.whole(), rule.burst);

  BucketRule slow(Rate{1, 24h}, BucketRule::max_burst);
  bucket = TokenBucket::full(slow, start);
  bucket.take(slow.burst);
  EXPECT_GT(bucket.until_full(slow, start), std::chrono::hours(24 * 365 * 100));
}

TEST(TokenBucket, KeepsItsLevelUnderAnotherRuleCutToTheNewBurst) {
  BucketRule smaller(Rate{1, 1s}, 5), larger(Rate{1, 1h}, 50);
  EXPECT_EQ(TokenBucket::restore(smaller, start, 20, 999).whole(), 5u);
  EXPECT_EQ(TokenBucket::restore(larger, start, 20, 999).whole(), 20u);
  EXPECT_LT(TokenBucket::restore(smaller, start, 2, 3'599'999'999'999).part(), smaller.per);
}
