#include "net/redis/bucket_store.hpp"

#include <gtest/gtest.h>

#include "base/token_bucket.hpp"
#include "net/redis/digest.hpp"
#include "net/redis/loop.hpp"

namespace sluice::net {
namespace {

using Limits = std::vector<RateLimit>;

RateLimit limit(std::uint64_t count, Duration per, std::uint64_t burst) {
  return {Rate{count, per}, burst};
}

std::string sha256_of(std::string_view key) {
  auto hex = sha256_hex(key);
  return {hex.data(), hex.size()};
}

struct Buckets : RedisLoop {
  Buckets() { worker.follow(clients); }

  static RedisSettings settings_of(const kit::RedisServer& redis) {
    RedisSettings s;
    s.unix_path = redis.socket();
    s.timeout = std::chrono::milliseconds(500);
    return s;
  }
  Result<Grant> take(const Limits& limits, std::uint64_t cost = 1, std::string_view key = "ann") {
    BucketAsk ask{"policy", key, limits, cost};
    return wait(later(store.take(reactor.worker(), ask)));
  }
  Result<Grant> peek(const Limits& limits, std::uint64_t cost = 1) {
    BucketAsk ask{"policy", "ann", limits, cost};
    return wait(later(store.peek(reactor.worker(), ask)));
  }
  // With the test's own clock.
  BucketReply run_at(std::uint64_t time, BucketMode mode, const Limits& limits, std::uint64_t amount,
                     std::uint64_t extra = 0) {
    auto text = std::to_string(time);
    BucketCommand command("t:", {mode, "policy", "ann", limits, amount, extra, text});
    auto said = wait(run(*clients->at(reactor.worker()), command));
    if (!said) throw std::runtime_error(said.error().cause);
    return *said;
  }
  template <class T>
  static Task<T> later(Eventual<T> eventual) {
    co_return co_await eventual;
  }

  kit::RedisServer redis;
  std::shared_ptr<RedisClients> clients = std::make_shared<RedisClients>(settings_of(redis), 1, metrics);
  RedisOnWorker worker{reactor, no_lookup()};
  RedisBucketStore store{clients, "t:"};
};

TEST(RedisBucketStore, TakesUntilTheBurstIsSpent) {
  Buckets b;
  Limits limits{limit(1, 1h, 3)};
  for (std::uint64_t left : {2, 1, 0}) {
    auto grant = b.take(limits);
    ASSERT_TRUE(grant);
    EXPECT_TRUE(grant->allowed);
    EXPECT_EQ(grant->tightest().left, left);
  }
  auto refused = b.take(limits);
  EXPECT_FALSE(refused->allowed);
  EXPECT_GT(refused->retry_after(), 59min);
  EXPECT_LE(refused->retry_after(), 1h);
}

TEST(RedisBucketStore, AllLimitsOrNone) {
  Buckets b;
  Limits limits{limit(1, 1s, 10), limit(1, 1h, 2), limit(1, 24h, 10)};
  EXPECT_TRUE(b.take(limits, 2)->allowed);
  auto refused = b.take(limits, 1);
  EXPECT_FALSE(refused->allowed);
  EXPECT_EQ(refused->decisive, 1);
  EXPECT_EQ(refused->levels[2].left, 8u) << "a refused request takes nothing";
  EXPECT_EQ(refused->levels[2].wait, Duration{});
}

TEST(RedisBucketStore, KeysHaveOneTagAndEndWithTheirBucketFull) {
  Buckets b;
  ASSERT_TRUE(b.take({limit(10, 1s, 10), limit(1, 1s, 100)}, 5));
  auto key = "t:{policy:" + sha256_of("ann") + "}:";
  EXPECT_EQ(b.redis.command({"EXISTS", key + "0", key + "1"}), "2");
  auto first = std::stoi(b.redis.command({"PTTL", key + "0"}));
  auto second = std::stoi(b.redis.command({"PTTL", key + "1"}));
  EXPECT_GT(first, 300);
  EXPECT_LE(first, 501);
  EXPECT_GT(second, 4500);
  EXPECT_LE(second, 5001);
}

TEST(RedisBucketStore, AKeyMayBeAnyBytes) {
  Buckets b;
  Limits limits{limit(1, 1h, 1)};
  std::string odd("}\0:\r\n{", 6);
  EXPECT_TRUE(b.take(limits, 1, odd)->allowed);
  EXPECT_FALSE(b.take(limits, 1, odd)->allowed);
  EXPECT_TRUE(b.take(limits, 1, "}")->allowed);
}

TEST(RedisBucketStore, PeekTakesNothingAndResetFills) {
  Buckets b;
  Limits limits{limit(1, 1h, 2), limit(1, 1h, 1)};
  EXPECT_TRUE(b.take(limits)->allowed);
  EXPECT_FALSE(b.peek(limits)->allowed);
  EXPECT_EQ(b.peek(limits)->levels[0].left, 1u);
  ASSERT_TRUE(b.wait(Buckets::later(b.store.reset(b.reactor.worker(), "policy", "ann"))));
  EXPECT_TRUE(b.peek(limits)->allowed);
  EXPECT_EQ(b.redis.command({"DBSIZE"}), "0");
}

TEST(RedisBucketStore, AScriptThatRedisHasLostIsTaughtAgain) {
  Buckets b;
  Limits limits{limit(1, 1h, 3)};
  ASSERT_TRUE(b.take(limits));
  b.redis.command({"SCRIPT", "FLUSH"});
  auto grant = b.take(limits);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->tightest().left, 1u);
}

TEST(RedisBucketStore, ARestartThatLostEverythingBeginsWithFullBuckets) {
  Buckets b;
  Limits limits{limit(1, 1h, 2)};
  ASSERT_TRUE(b.take(limits, 2));
  b.redis.kill();
  b.redis.start();
  ASSERT_TRUE(b.until([&] { return b.clients->standing(0).state() == RedisState::ready && b.take(limits); }));
  EXPECT_EQ(b.peek(limits)->tightest().left, 1u);
}

TEST(RedisBucketStore, AStoppedRedisIsAnErrorInTime) {
  Buckets b;
  Limits limits{limit(1, 1h, 2)};
  ASSERT_TRUE(b.take(limits));
  b.redis.pause();
  auto before = Clock::now();
  auto failed = b.take(limits);
  ASSERT_FALSE(failed);
  EXPECT_STREQ(failed.error().cause, "redis_timeout");
  EXPECT_LT(Clock::now() - before, 1s);
  b.redis.resume();
}

TEST(RedisBucketStore, AKeyOfAnotherTypeIsAnErrorNotAnAllowance) {
  Buckets b;
  Limits limits{limit(1, 1h, 2)};
  auto key = "t:{policy:" + sha256_of("ann") + "}:0";
  b.redis.command({"LPUSH", key, "x"});
  auto failed = b.take(limits);
  ASSERT_FALSE(failed);
  EXPECT_STREQ(failed.error().cause, "redis_error");
}

TEST(RedisBucketStore, WithoutAConnectionItFailsAtOnce) {
  Buckets b;
  b.worker.follow(nullptr);
  RedisBucketStore other(std::make_shared<RedisClients>(Buckets::settings_of(b.redis), 1, b.metrics), "t:");
  Limits limits{limit(1, 1h, 2)};
  auto taking = other.take(b.reactor.worker(), BucketAsk{"policy", "ann", limits, 1});
  ASSERT_TRUE(taking.ready());
  EXPECT_STREQ(taking.value().error().cause, "redis_down");
}

// ---- leases

TEST(RedisLeases, AHotKeyAsksSeldomAndWhatItDoesNotUseGoesBack) {
  Buckets b;
  Limits limits{limit(1, 1h, 10'000)};
  BucketAsk ask{"policy", "ann", limits, 1, true};
  std::uint64_t allowed = 0, ready = 0;
  auto end = Clock::now() + 700ms;
  while (Clock::now() < end) {
    auto taking = b.store.take(b.reactor.worker(), ask);
    ready += taking.ready();
    allowed += b.wait(Buckets::later(std::move(taking)))->allowed;
  }
  EXPECT_GT(allowed, 100u);
  EXPECT_LT(allowed, 10'000u);
  EXPECT_GT(ready, allowed / 2) << "most of them without a round trip";
  BucketAsk look{"policy", "ann", limits, 1};
  auto left = [&] { return b.wait(Buckets::later(b.store.peek(b.reactor.worker(), look)))->levels[0].left; };
  EXPECT_TRUE(b.until([&] { return left() == 10'000 - allowed; }, 2s))
      << left() << " are left after " << allowed;
}

TEST(RedisLeases, ARefusalIsRememberedWhileItIsTrue) {
  Buckets b;
  Limits limits{limit(20, 1s, 40)};
  BucketAsk ask{"policy", "ann", limits, 1, true};
  auto take = [&] { return b.store.take(b.reactor.worker(), ask); };
  while (b.wait(Buckets::later(take()))->allowed) continue;
  auto again = take();
  ASSERT_TRUE(again.ready());
  EXPECT_FALSE((*again.value()).allowed);
  EXPECT_GT((*again.value()).retry_after(), Duration{});
  EXPECT_LE((*again.value()).retry_after(), 50ms);
  EXPECT_TRUE(b.until([&] { return b.wait(Buckets::later(take()))->allowed; }, 2s));
}

TEST(RedisLeases, AtTheEndEverythingGoesBackAndNothingIsTakenInAdvance) {
  Buckets b;
  Limits limits{limit(1, 1h, 1000)};
  BucketAsk ask{"policy", "ann", limits, 1, true};
  std::uint64_t allowed = 0;
  auto take = [&] {
    auto taking = b.store.take(b.reactor.worker(), ask);
    bool ready = taking.ready();
    allowed += b.wait(Buckets::later(std::move(taking)))->allowed;
    return ready;
  };
  ASSERT_TRUE(b.until(take));
  b.worker.drain();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(take());
  BucketAsk look{"policy", "ann", limits, 1};
  auto left = [&] { return b.wait(Buckets::later(b.store.peek(b.reactor.worker(), look)))->levels[0].left; };
  EXPECT_TRUE(b.until([&] { return left() == 1000 - allowed; }, 2s));
}

TEST(RedisLeases, AChangedLimitLeavesTheOldLeaseBehind) {
  Buckets b;
  Limits limits{limit(1, 1h, 1000)}, changed{limit(2, 1h, 2000)};
  std::uint64_t allowed = 0;
  auto take = [&](const Limits& now) {
    auto taking = b.store.take(b.reactor.worker(), BucketAsk{"policy", "ann", now, 1, true});
    bool ready = taking.ready();
    allowed += b.wait(Buckets::later(std::move(taking)))->allowed;
    return ready;
  };
  ASSERT_TRUE(b.until([&] { return take(limits); }));
  EXPECT_FALSE(take(changed));
  BucketAsk look{"policy", "ann", limits, 1};
  auto left = [&] { return b.wait(Buckets::later(b.store.peek(b.reactor.worker(), look)))->levels[0].left; };
  EXPECT_TRUE(b.until([&] { return left() == 1000 - allowed; }, 2s));
}

TEST(RedisReplicas, CountThemselvesAndTheOthers) {
  Buckets b;
  struct NoFetcher final : Fetcher {
    Task<Result<Fetched>> fetch(Fetch) override { co_return Error(Error::Kind::internal); }
  } fetcher;
  RedisReplicas replicas(b.clients, "t:replicas", {20ms, 100ms}, b.metrics);
  EXPECT_EQ(replicas.count(), 1u);
  Scope scope;
  scope.spawn(replicas.run(b.reactor.worker(), fetcher));
  ASSERT_TRUE(b.until([&] { return replicas.status().usable; }));
  EXPECT_EQ(replicas.count(), 1u);
  b.redis.command({"ZADD", "t:replicas", "99999999999999", "another"});
  EXPECT_TRUE(b.until([&] { return replicas.count() == 2; }));
  b.redis.command({"ZREM", "t:replicas", "another"});
  b.run_for(40ms);
  EXPECT_EQ(replicas.count(), 2u) << "gone only after it has been missing for as long as expire";
  EXPECT_TRUE(b.until([&] { return replicas.count() == 1; }));
  replicas.leave(b.reactor.worker());
  EXPECT_TRUE(b.until([&] { return b.redis.command({"ZCARD", "t:replicas"}) == "0"; }));
  b.redis.kill();
  EXPECT_EQ(replicas.count(), 1u);
}

TEST(RedisDigest, AreThoseOfTheStandards) {
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

// ---- the script's arithmetic

TEST(RedisBucketScript, ExtraIsAtMostHalfOfWhatIsLeftAndGivingEndsAtTheBurst) {
  Buckets b;
  Limits limits{limit(1, 1h, 100), limit(1, 24h, 50)};
  auto said = b.run_at(1'000'000, BucketMode::take, limits, 10, 100);
  EXPECT_EQ(said.extra, 20u);
  EXPECT_EQ(said.grant.levels[1].left, 20u);
  said = b.run_at(1'000'000, BucketMode::take, limits, 1, 5);
  EXPECT_EQ(said.extra, 5u);
  b.run_at(1'000'000, BucketMode::give, limits, 6);
  said = b.run_at(1'000'000, BucketMode::peek, limits, 1);
  EXPECT_EQ(said.grant.levels[1].left, 20u);
  b.run_at(1'000'000, BucketMode::give, limits, 1000);
  said = b.run_at(1'000'000, BucketMode::peek, limits, 1);
  EXPECT_EQ(said.grant.levels[0].left, 100u);
  EXPECT_EQ(b.redis.command({"DBSIZE"}), "0") << "what is full is not kept";
}

TEST(RedisBucketScript, AChangedBurstCutsTheLevelAndAChangedRateKeepsIt) {
  Buckets b;
  b.run_at(1'000'000, BucketMode::take, {limit(1, 1h, 100)}, 10);
  EXPECT_EQ(b.run_at(1'000'000, BucketMode::peek, {limit(1, 1h, 20)}, 1).grant.levels[0].left, 20u);
  EXPECT_EQ(b.run_at(1'000'000, BucketMode::peek, {limit(1, 1h, 200)}, 1).grant.levels[0].left, 90u);
  EXPECT_EQ(b.run_at(1'000'000, BucketMode::peek, {limit(7, 1s, 200)}, 1).grant.levels[0].left, 90u);
}

// A failover to a machine whose clock is behind must not stop everybody until it has caught up.
TEST(RedisBucketScript, AClockThatWentBackGainsNothingAndGoesOn) {
  Buckets b;
  Limits limits{limit(1, 1s, 2)};
  EXPECT_TRUE(b.run_at(100'000'000, BucketMode::take, limits, 2).grant.allowed);
  EXPECT_FALSE(b.run_at(50'000'000, BucketMode::take, limits, 1).grant.allowed);
  EXPECT_FALSE(b.run_at(50'900'000, BucketMode::take, limits, 1).grant.allowed);
  EXPECT_TRUE(b.run_at(51'000'000, BucketMode::take, limits, 1).grant.allowed);
}

// The same arithmetic as the memory store's, to the token and to the microsecond, however odd the numbers.
TEST(RedisBucketScript, DecidesAsTheTokenBucketDoes) {
  Buckets b;
  std::mt19937_64 random(20240229);
  auto up_to = [&](std::uint64_t n) { return random() % n + 1; };
  const Duration units[] = {1s, 1min, 1h, 24h};
  for (int round = 0; round < 60; ++round) {
    b.redis.command({"FLUSHDB"});
    Limits limits;
    for (auto n = up_to(3); n > 0; --n)
      limits.push_back(limit(up_to(std::uint64_t(1) << up_to(40)), units[random() % 4],
                             up_to(std::uint64_t(1) << up_to(31))));
    std::vector<base::BucketRule> rules;
    std::uint64_t smallest = ~std::uint64_t(0);
    for (auto& l : limits) {
      rules.emplace_back(l.rate, l.burst);
      smallest = std::min(smallest, l.burst);
    }
    std::uint64_t time = 1'700'000'000'000'000;
    auto point = [&] { return TimePoint(std::chrono::microseconds(time)); };
    std::vector<base::TokenBucket> buckets;
    for (auto& rule : rules) buckets.push_back(base::TokenBucket::full(rule, point()));
    for (int step = 0; step < 40; ++step) {
      time += random() % 3 == 0 ? 0 : up_to(std::uint64_t(1) << up_to(36));
      auto cost = random() % 4 == 0 ? smallest : up_to(smallest);
      bool allowed = true;
      for (std::size_t i = 0; i < rules.size(); ++i) {
        buckets[i].refill(rules[i], point());
        allowed &= buckets[i].holds(cost);
      }
      auto said = b.run_at(time, BucketMode::take, limits, cost);
      ASSERT_EQ(said.grant.allowed, allowed) << "round " << round << ", step " << step;
      for (std::size_t i = 0; i < rules.size(); ++i) {
        if (allowed) buckets[i].take(cost);
        ASSERT_EQ(said.grant.levels[i].left, buckets[i].whole()) << "round " << round << ", step " << step;
        auto wait = allowed ? Duration{} : buckets[i].until(cost, rules[i], point());
        ASSERT_EQ(said.grant.levels[i].wait, std::chrono::ceil<std::chrono::microseconds>(wait));
      }
    }
  }
}

}  // namespace
}  // namespace sluice::net
