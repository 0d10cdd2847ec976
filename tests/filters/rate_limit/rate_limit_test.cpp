#include "filters/rate_limit/rate_limit.hpp"

#include "filters/rate_limit/limiting.hpp"

using namespace sluice;
using namespace sluice::filters::rate_limit;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

struct RateLimitTest : Limiting {
  RateLimitTest() { settings.limits = {limit(10, 1s, 3)}; }

  std::string total(const char* result, int n) {
    return "sluice_rate_limit_total{route=\"users\",policy=\"per-user\",result=\"" + std::string(result) +
           "\"} " + std::to_string(n) + "\n";
  }
};

}  // namespace

TEST_F(RateLimitTest, LetsTheBurstPassAndThenTheRate) {
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 10), 3);
  int passed = 0;
  for (int i = 0; i < 500; ++i) {
    loop.advance(10ms);
    passed += passes(*filter);
  }
  EXPECT_EQ(passed, 50);
}

TEST_F(RateLimitTest, ARefusalSaysWhenItIsWorthwhileAgain) {
  settings.limits = {limit(1, 1min)};
  auto filter = build();
  ASSERT_TRUE(passes(*filter));
  loop.advance(10s);
  Request late(*this, "192.0.2.1");
  EXPECT_EQ(ask(*filter, late), Verdict::reply);
  EXPECT_EQ(late.x.response.status, 429);
  EXPECT_STREQ(late.x.response.reason, "rate_limited");
  EXPECT_TRUE(late.x.flags.has(Flag::rl));
  EXPECT_EQ(late.field("Retry-After"), "50");
  EXPECT_EQ(late.field("RateLimit"), "\"per-user\";r=0;t=50");
  loop.advance(49s);
  EXPECT_FALSE(passes(*filter));
  loop.advance(1s);
  EXPECT_TRUE(passes(*filter));
}

TEST_F(RateLimitTest, ARefusedRequestCostsNothing) {
  settings.limits = {limit(1, 1s)};
  auto filter = build();
  ASSERT_TRUE(passes(*filter));
  for (int i = 0; i < 99; ++i) {
    loop.advance(10ms);
    EXPECT_FALSE(passes(*filter)) << i;
  }
  loop.advance(10ms);
  EXPECT_TRUE(passes(*filter));
}

TEST_F(RateLimitTest, SeveralLimitsGiveAllOrNothing) {
  settings.limits = {limit(2, 1s), limit(3, 1h)};
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 5), 2);
  loop.advance(1s);
  EXPECT_EQ(count_passing(*filter, 5), 1);  // the hour's last: and of the second's two, one is left
  loop.advance(10min);
  Request r(*this, "192.0.2.1");
  EXPECT_EQ(ask(*filter, r), Verdict::reply);
  EXPECT_EQ(r.field("RateLimit-Policy"), "\"per-user:2/s\";q=2;w=1, \"per-user:3/h\";q=3;w=3600");
  EXPECT_THAT(r.field("RateLimit"), HasSubstr("\"per-user:2/s\";r=2;t=0, \"per-user:3/h\";r=0;t="));
  EXPECT_EQ(r.field("Retry-After"), "599");
}

TEST_F(RateLimitTest, AnswersThatPassSayWhatIsLeft) {
  auto filter = build();
  settings.headers = {FieldStyle::ietf, FieldStyle::x};
  filter = build();
  Request r(*this, "192.0.2.1");
  EXPECT_EQ(ask(*filter, r), Verdict::proceed);
  EXPECT_EQ(r.field("RateLimit-Policy"), "\"per-user\";q=10;w=1");
  EXPECT_EQ(r.field("RateLimit"), "\"per-user\";r=2;t=1");
  EXPECT_EQ(r.field("X-RateLimit-Limit"), "3");
  EXPECT_EQ(r.field("X-RateLimit-Remaining"), "2");
  EXPECT_EQ(r.field("X-RateLimit-Reset"), "1");
  EXPECT_FALSE(r.x.response.fields.has(FieldId::retry_after));
}

TEST_F(RateLimitTest, NoFieldsWhereNoneAreWanted) {
  settings.headers = {};
  auto filter = build();
  Request r(*this, "192.0.2.1");
  EXPECT_EQ(ask(*filter, r), Verdict::proceed);
  EXPECT_EQ(r.x.response.fields.size(), 0u);
}

TEST_F(RateLimitTest, KeysHaveTheirOwnBuckets) {
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 5, "192.0.2.1"), 3);
  EXPECT_EQ(count_passing(*filter, 5, "192.0.2.2"), 3);
  EXPECT_EQ(count_passing(*filter, 5, "2001:db8::1"), 3);
  EXPECT_EQ(count_passing(*filter, 5, "2001:db8::ffff"), 0);  // of the same /64
  EXPECT_EQ(count_passing(*filter, 5, "2001:db8:0:1::1"), 3);
}

TEST_F(RateLimitTest, ACostIsTakenAtOnce) {
  settings.cost = 2;
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 5), 1);
  loop.advance(100ms);
  EXPECT_TRUE(passes(*filter));
}

TEST_F(RateLimitTest, PlansHaveTheirOwnLimits) {
  settings.by.emplace();
  settings.by->value = *Variable::parse("header.X-Plan");
  settings.by->plans["gold"] = {limit(100, 1s)};
  auto filter = build();
  for (auto [plan, expected] : {std::pair("gold", 100), {"iron", 3}}) {
    int passed = 0;
    for (int i = 0; i < 150; ++i) {
      Request r(*this, plan == std::string("gold") ? "192.0.2.1" : "192.0.2.2");
      r.x.request.fields.add("X-Plan", plan);
      passed += ask(*filter, r) == Verdict::proceed;
    }
    EXPECT_EQ(passed, expected) << plan;
  }
}

TEST_F(RateLimitTest, WhatACallerHasOfItsOwnGoesBeforeThePolicy) {
  settings.key.first = {*Variable::parse("principal"), Variable()};
  settings.cost = 2;
  auto filter = build();
  std::vector<RateLimit> own = {{Rate{6, 1s}, 6}}, tiny = {{Rate{1, 1s}, 1}};
  auto passing = [&](std::string_view who, std::span<const RateLimit> limits) {
    int passed = 0;
    for (int i = 0; i < 9; ++i) {
      Request r(*this, "192.0.2.1");
      r.x.principal.subject = who;
      r.x.principal.limits = limits;
      passed += ask(*filter, r) == Verdict::proceed;
    }
    return passed;
  };
  EXPECT_EQ(passing("ci", own), 3);
  EXPECT_EQ(passing("small", tiny), 1);  // one request has to fit into every bucket
  EXPECT_EQ(passing("ann", {}), 1);
  EXPECT_EQ(passing("", own), 1);  // keyed by its address: no limits of its own
}

TEST_F(RateLimitTest, StandsBeforeIdentityUnlessItNeedsOne) {
  auto phase = [&] { return rate_limit_filter().phase(&settings); };
  EXPECT_EQ(phase(), Phase::edge);
  settings.key.first = {*Variable::parse("header.X-Tenant"), Variable()};
  EXPECT_EQ(phase(), Phase::edge);
  settings.key.first = {Variable(), *Variable::parse("jwt.org")};
  EXPECT_EQ(phase(), Phase::limit);
  settings.key = Key();
  settings.by.emplace();
  settings.by->value = *Variable::parse("jwt.plan");
  EXPECT_EQ(phase(), Phase::limit);
}

TEST_F(RateLimitTest, CountsByRouteAndPolicyAndWhatShadowLetPass) {
  auto filter = build();
  count_passing(*filter, 5);
  *mode = Mode::shadow;
  count_passing(*filter, 4);
  auto text = metrics.text();
  EXPECT_THAT(text, HasSubstr(total("allowed", 3)));
  EXPECT_THAT(text, HasSubstr(total("refused", 2)));
  EXPECT_THAT(text, HasSubstr(total("shadow_refused", 4)));
  EXPECT_THAT(text, HasSubstr("sluice_rate_limit_buckets{policy=\"per-user\"} 1"));
}

TEST_F(RateLimitTest, BucketsOutliveAConfigurationAndAreCutToASmallerBurst) {
  auto filter = build();
  ASSERT_TRUE(passes(*filter));
  settings.limits = {limit(1, 1h, 1)};
  auto next = build();
  filter.reset();
  EXPECT_EQ(count_passing(*next, 5), 1);
}

TEST_F(RateLimitTest, RedisHasToBeThere) {
  settings.store = Store::redis;
  build();
  EXPECT_THAT(errors, ElementsAre("per-user: `store: redis` needs `redis` in the file"));
}

// ---- a shared store

namespace {

struct SharedLimitTest : RateLimitTest {
  std::shared_ptr<PuppetStore> store = std::make_shared<PuppetStore>();
  SharedLimitTest() {
    settings.store = Store::redis;
    stores.redis_buckets = store;
    store->grant.count = 1;
    store->grant.levels[0] = {7, {}, 2s};
  }
};

}  // namespace

TEST_F(SharedLimitTest, ItsWordHolds) {
  auto filter = build();
  EXPECT_FALSE(passes(*filter));
  store->grant.allowed = true;
  Request r(*this, "192.0.2.1");
  EXPECT_EQ(ask(*filter, r), Verdict::proceed);
  EXPECT_EQ(r.field("RateLimit"), "\"per-user\";r=7;t=2");
  EXPECT_EQ(store->asked.front(), std::string_view("client.ip=\xc0\x00\x02\x01", 14));
}

TEST_F(SharedLimitTest, MayAnswerLaterAndTheClientMayLeaveBefore) {
  auto filter = build();
  store->slow = true;
  store->grant.allowed = true;
  {
    Request r(*this, "192.0.2.1");
    auto verdict = filter->on_request(r.x);
    ASSERT_FALSE(verdict.ready());
    verdict.task().start();
    settings.limits = {limit(1, 1h)};
    build();  // the limits in force are others by now
    store->resolver(store->grant);
    loop.spin();
    ASSERT_TRUE(verdict.task().done());
    EXPECT_EQ(verdict.task().take(), Verdict::proceed);
    EXPECT_TRUE(r.x.run_hooks().ready());
    EXPECT_EQ(r.field("RateLimit-Policy"), "\"per-user\";q=10;w=1");
  }
  {
    Request r(*this, "192.0.2.1");
    auto verdict = filter->on_request(r.x);
    verdict.task().start();
  }
  EXPECT_FALSE(store->resolver.wanted());
}

TEST_F(SharedLimitTest, WithoutItThisReplicaHasItsShare) {
  settings.limits = {limit(10, 1s, 8)};
  store->fails = true;
  store->alive = 4;
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 9), 2);
  int passed = 0;
  for (int i = 0; i < 400; ++i) {
    loop.advance(10ms);
    passed += passes(*filter);
  }
  EXPECT_EQ(passed, 10);  // four seconds at a quarter of 10/s
  Request r(*this, "192.0.2.1");
  EXPECT_EQ(ask(*filter, r), Verdict::reply);
  EXPECT_EQ(r.x.response.status, 429);
  EXPECT_TRUE(r.x.flags.has(Flag::rlse));
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_rate_limit_store_failures_total{policy=\"per-user\"} 410"));
}

TEST_F(SharedLimitTest, AShareHoldsAtLeastOneRequest) {
  settings.limits = {limit(2, 1s)};
  store->fails = true;
  store->alive = 50;
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 9), 1);
}

TEST_F(SharedLimitTest, WithoutItEverythingMayPass) {
  settings.on_store_failure = OnStoreFailure::allow;
  store->fails = true;
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 100), 100);
  Request r(*this, "192.0.2.1");
  ask(*filter, r);
  EXPECT_TRUE(r.x.flags.has(Flag::rlse));
  EXPECT_FALSE(r.x.flags.has(Flag::rl));
}

TEST_F(SharedLimitTest, WithoutItEverythingMayBeRefusedButNotAsAFault) {
  settings.on_store_failure = OnStoreFailure::deny;
  store->fails = true;
  auto filter = build();
  Request r(*this, "192.0.2.1");
  EXPECT_EQ(ask(*filter, r), Verdict::reply);
  EXPECT_EQ(r.x.response.status, 503);
  EXPECT_STREQ(r.x.response.reason, "rate_limit_store_failed");
  EXPECT_EQ(r.field("Retry-After"), "1");
  EXPECT_TRUE(r.x.flags.has(Flag::rlse));
}
