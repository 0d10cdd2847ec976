#include "filters/rate_limit/memory_buckets.hpp"

#include <gmock/gmock.h>

#include <random>
#include <thread>

#include "telemetry/metrics.hpp"

using namespace sluice;
using namespace sluice::filters::rate_limit;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace {

const TimePoint start(1h);

struct MemoryBucketsTest : ::testing::Test {
  telemetry::Metrics metrics{4};
  MemoryBuckets::Meters meters{metrics.gauge({"buckets", "", {}}),
                               metrics.counter({"evicted_total", "", {}})};
  MemoryBuckets buckets{100'000, meters};
  std::vector<RateLimit> limits = {{Rate{10, 1s}, 5}};

  Grant take(std::string_view key, TimePoint now = start, std::uint64_t cost = 1) {
    return buckets.take_now({.policy = "p", .key = key, .limits = limits, .cost = cost}, now, 0);
  }
  Grant peek(std::string_view key, TimePoint now = start) {
    return buckets.peek_now({.policy = "p", .key = key, .limits = limits}, now);
  }
};

}  // namespace

TEST_F(MemoryBucketsTest, GrantsSayHowEachBucketStands) {
  auto first = take("a");
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.count, 1);
  EXPECT_EQ(first.levels[0].left, 4u);
  EXPECT_EQ(first.levels[0].full_in, 100ms);
  for (int i = 0; i < 4; ++i) take("a");
  auto refused = take("a", start + 30ms);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after(), 70ms);
  EXPECT_EQ(refused.levels[0].full_in, 470ms);
  EXPECT_TRUE(take("a", start + 100ms).allowed);
}

TEST_F(MemoryBucketsTest, APeekTakesNothingAndKeepsNothing) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(peek("a").levels[0].left, 5u);
  EXPECT_EQ(buckets.size(), 0u);
  take("a");
  EXPECT_EQ(peek("a").levels[0].left, 4u);
  EXPECT_TRUE(peek("a").allowed);
}

TEST_F(MemoryBucketsTest, KeysDoNotMix) {
  for (int i = 0; i < 5; ++i) take("a");
  EXPECT_FALSE(take("a").allowed);
  EXPECT_TRUE(take("b").allowed);
  EXPECT_TRUE(take("").allowed);
  EXPECT_TRUE(take(std::string_view("a\0", 2)).allowed);
}

TEST_F(MemoryBucketsTest, OfSeveralLimitsTheLongestWaitDecides) {
  limits = {{Rate{10, 1s}, 2}, {Rate{60, 1min}, 3}, {Rate{9, 1h}, 9}};
  EXPECT_EQ(take("a").decisive, 0);  // the fewest left
  EXPECT_TRUE(take("a").allowed);
  auto refused = take("a");
  EXPECT_EQ(refused.decisive, 0);
  EXPECT_EQ(refused.retry_after(), 100ms);
  EXPECT_EQ(refused.levels[1].left, 1u);  // not taken
  EXPECT_EQ(refused.levels[2].left, 7u);
  EXPECT_TRUE(take("a", start + 200ms).allowed);
  refused = take("a", start + 200ms);
  EXPECT_EQ(refused.decisive, 1);
  EXPECT_EQ(refused.retry_after(), 800ms);
}

TEST_F(MemoryBucketsTest, ResetFillsAllOfAKeysBuckets) {
  limits = {{Rate{10, 1s}, 1}, {Rate{1, 1h}, 1}};
  take("a");
  take("b");
  EXPECT_EQ(buckets.size(), 4u);
  buckets.reset_now("a", 0);
  EXPECT_EQ(buckets.size(), 2u);
  EXPECT_TRUE(take("a").allowed);
  EXPECT_FALSE(take("b").allowed);
}

TEST_F(MemoryBucketsTest, IdleBucketsAreSwept) {
  for (int i = 0; i < 50'000; ++i) take("old" + std::to_string(i));
  EXPECT_EQ(buckets.size(), 50'000u);
  for (int i = 0; i < 50'000; ++i) take("new" + std::to_string(i), start + 1min);
  EXPECT_LT(buckets.size(), 60'000u);
  EXPECT_THAT(metrics.text(), HasSubstr("buckets " + std::to_string(buckets.size())));
  EXPECT_THAT(metrics.text(), HasSubstr("evicted_total 0"));
}

TEST_F(MemoryBucketsTest, NeverHoldsMoreThanItMay) {
  limits = {{Rate{5, 1h}, 5}};
  for (int i = 0; i < 300'000; ++i) take("key" + std::to_string(i));
  EXPECT_LE(buckets.size(), 100'000u);
  EXPECT_GT(buckets.size(), 95'000u);
  EXPECT_LT(buckets.bytes(), 100'000u * 48);
}

TEST_F(MemoryBucketsTest, AFloodOfKeysDoesNotOpenTheLimitOfThoseWhoUsedItUp) {
  limits = {{Rate{50, 1h}, 50}};
  for (int who = 0; who < 100; ++who)
    for (int i = 0; i < 50; ++i) take("spent" + std::to_string(who));
  for (int i = 0; i < 300'000; ++i) take("flood" + std::to_string(i));
  int opened = 0;
  for (int who = 0; who < 100; ++who) opened += take("spent" + std::to_string(who)).allowed;
  EXPECT_EQ(opened, 0);
  EXPECT_THAT(metrics.text(), HasSubstr("evicted_total 2"));
}

TEST_F(MemoryBucketsTest, BehavesLikeAMapWithoutABound) {
  std::mt19937_64 random(7);
  limits = {{Rate{1, 1s}, 3}};
  std::map<std::string, base::TokenBucket> model;
  base::BucketRule rule(limits[0].rate, 3);
  auto now = start;
  for (int i = 0; i < 200'000; ++i) {
    now += Duration(static_cast<Duration::rep>(random() % 2'000'000));
    auto key = std::to_string(random() % 20'000);
    if (random() % 50 == 0) {
      buckets.reset_now(key, 0);
      model.erase(key);
    }
    auto& bucket = model.try_emplace(key, base::TokenBucket::full(rule, now)).first->second;
    bucket.refill(rule, now);
    ASSERT_EQ(take(key, now).allowed, bucket.holds(1)) << i;
    if (bucket.holds(1)) bucket.take(1);
  }
}

TEST_F(MemoryBucketsTest, ExactWhoeverOfFourThreadsAsks) {
  limits = {{Rate{100'000, 1s}, 1000}, {Rate{90'000, 1s}, 2000}};
  std::atomic<std::int64_t> clock{0};
  std::atomic<std::uint64_t> admitted{0};
  constexpr std::int64_t end = 20'000'000;
  auto hammer = [&](unsigned worker) {
    std::uint64_t mine = 0;
    for (;;) {
      auto at = clock.fetch_add(997);
      if (at > end) break;
      mine += buckets.take_now({.policy = "p", .key = "hot", .limits = limits}, start + Duration(at), worker)
                  .allowed;
    }
    admitted += mine;
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(hammer, i);
  for (auto& t : threads) t.join();
  // Whatever was left by those who came in between is taken at the end: all that the tighter bucket had.
  while (buckets.take_now({.policy = "p", .key = "hot", .limits = limits}, start + Duration(end), 0).allowed)
    ++admitted;
  EXPECT_EQ(admitted, 1000u + 100'000u * 20 / 1000);
}

TEST_F(MemoryBucketsTest, ManyThreadsManyKeysNothingIsLost) {
  limits = {{Rate{1, 24h}, 7}};
  std::atomic<std::uint64_t> admitted{0};
  auto visit = [&](unsigned worker) {
    for (int round = 0; round < 4; ++round)
      for (int key = 0; key < 3000; ++key)
        admitted +=
            buckets.take_now({.policy = "p", .key = std::to_string(key), .limits = limits}, start, worker)
                .allowed;
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(visit, i);
  for (auto& t : threads) t.join();
  EXPECT_EQ(admitted, 7u * 3000);
  EXPECT_EQ(buckets.size(), 3000u);
}
