#include "filters/cache/second_tier.hpp"

#include <gtest/gtest.h>

#include "filters/cache/puppet_shared_store.hpp"
#include "filters/cache/store_fixture.hpp"

namespace sluice::filters::cache {
namespace {

constexpr auto url = "https://a.example/x";
using By = PurgeRule::By;

class NoFetcher final : public Fetcher {
  Task<Result<Fetched>> fetch(Fetch) override { co_return Error(); }
};

// A gateway with its own memory before a store that others share.
struct Gateway {
  Gateway(kit::Loop& l, std::shared_ptr<PuppetSharedStore> s) : loop(l), shared(std::move(s)) {
    running.spawn(purges->run(worker(), fetcher));
    loop.spin();
  }
  Worker& worker() { return loop.worker; }
  TimePoint soon() { return loop.timers.now() + 1s; }

  struct Loading {
    Loading(const SecondTier& tier, Worker& worker, CacheKey key, const Fields& request, TimePoint until) {
      scope.spawn(run(tier, worker, key, request, until));
    }
    Task<Unit> run(const SecondTier& tier, Worker& worker, CacheKey key, const Fields& request,
                   TimePoint until) {
      auto loading = tier.load(worker, key, request, arena, until);
      found.emplace(co_await loading);
      co_return Unit{};
    }
    Arena arena;
    std::optional<TierFinding> found;
    Scope scope;
  };
  std::unique_ptr<Loading> begin_load(const Head& request = {}, std::string_view of = url) {
    auto loading = std::make_unique<Loading>(*tier, worker(), key_of(of), request.fields, soon());
    loop.spin();
    return loading;
  }
  // What is loaded; "-" where there is nothing.
  std::string load(const Head& request = {}, std::string_view of = url) {
    auto loading = begin_load(request, of);
    if (!loading->found || !loading->found->loaded) return "-";
    return std::string(loading->found->loaded->body_bytes());
  }
  // From the origin into memory and behind it.
  void serve(std::string body, const Head& head = {}, const Head& request = {},
             Freshness freshness = fresh()) {
    auto loading = begin_load(request);
    auto stored = store_answer(std::move(body), head, request, freshness);
    tier->save(worker(), stored, std::move(loading->found->ticket));
    loop.spin();
  }
  StoredPtr store_answer(std::string body, const Head& head, const Head& request, Freshness freshness) {
    auto length = body.size();
    return store_answer(std::make_unique<MemoryBody>(std::move(body)), length, head, request, freshness);
  }
  StoredPtr store_answer(BodyPtr body, std::uint64_t length, const Head& head, const Head& request,
                         Freshness freshness) {
    auto lead = store->try_lead(key_of(url), request.fields);
    auto variant = variant_of(read_vary(head.fields), request.fields);
    auto tags = cache_tags(head.fields);
    StoredHead stored{200, head.fields, length, variant, freshness, loop.timers.now(), tags};
    SnapshotPin pin;
    return lead.fill(worker(), stored, body, pin);
  }
  static Freshness fresh() {
    Freshness f;
    f.lifetime = 60s;
    f.basis = Freshness::Basis::max_age;
    return f;
  }
  // As if it had come so much earlier.
  void make_older(Seconds by, std::string_view key = url) {
    Arena arena;
    auto bytes = shared->values.find(key)->second;
    auto value = decode(bytes, arena);
    value->answer->head.received -= by;
    shared->values.find(key)->second =
        encode_answer(value->answer->head, {value->answer->fields.begin(), value->answer->fields.end()},
                      value->answer->body);
  }
  double loads(const std::string& result) const { return metric("loads", result); }
  double saves(const std::string& result) const { return metric("saves", result); }
  double metric(const std::string& what, const std::string& result) const {
    auto text = metrics.text();
    auto name = "sluice_cache_second_tier_" + what + "_total{policy=\"p\",result=\"" + result + "\"} ";
    auto at = text.find(name);
    return at == text.npos ? -1 : std::stod(text.substr(at + name.size()));
  }

  kit::Loop& loop;
  telemetry::Metrics metrics{1};
  std::shared_ptr<CacheStore> store = std::make_shared<CacheStore>(CacheMemory(), 1, metrics);
  std::shared_ptr<PuppetSharedStore> shared;
  NoFetcher fetcher;
  std::shared_ptr<SharedPurges> purges = std::make_shared<SharedPurges>(
      shared, [this](const PurgeRule& rule) { return purge(*store, rule); }, metrics);
  std::shared_ptr<SecondTier> tier = std::make_shared<SecondTier>(shared, purges, 1, "p", metrics);
  Scope running;
};

struct SecondTiers : testing::Test {
  kit::Loop loop;
  std::shared_ptr<PuppetSharedStore> shared = std::make_shared<PuppetSharedStore>();
  Gateway one{loop, shared}, other{loop, shared};
};

TEST_F(SecondTiers, WhatOneServedAnotherHas) {
  EXPECT_EQ(one.load(), "-");
  one.serve("hello", {{"ETag", "\"1\""}, {"Cache-Tag", "a,b"}});
  EXPECT_EQ(one.saves("saved"), 1);
  auto loading = other.begin_load();
  ASSERT_TRUE(loading->found && loading->found->loaded);
  auto head = loading->found->loaded->head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.length, 5u);
  EXPECT_EQ(head.fields.get(FieldId::etag), "\"1\"");
  EXPECT_EQ(head.freshness.lifetime, 60s);
  EXPECT_EQ(head.tags.size(), 2u);
  EXPECT_EQ(other.loads("hit"), 1);
  EXPECT_EQ(shared->times.find(url)->second, 60s);
}

TEST_F(SecondTiers, WhatIsLoadedGoesIntoMemory) {
  one.serve("hello");
  auto loading = other.begin_load();
  Head request;
  auto lead = other.store->try_lead(key_of(url), request.fields);
  auto body = loading->found->loaded->body();
  SnapshotPin pin;
  ASSERT_TRUE(lead.fill(other.worker(), loading->found->loaded->head(), body, pin));
  loading.reset();
  loop.spin();
  auto stored = other.store->find(key_of(url), request.fields);
  ASSERT_TRUE(stored);
  Reading reading(stored->reader(other.worker()));
  loop.spin();
  EXPECT_EQ(reading.text, "hello");
}

TEST_F(SecondTiers, AnAgeGoesOnOverARestart) {
  one.serve("hello");
  one.make_older(25s);
  Gateway restarted(loop, shared);
  auto loading = restarted.begin_load();
  auto head = loading->found->loaded->head();
  auto age = head.freshness.age(loop.timers.now() - head.received);
  EXPECT_GE(age, 25s);
  EXPECT_LT(age, 26s);
}

TEST_F(SecondTiers, AClockThatIsBehindMakesNothingYoungerThanItWas) {
  one.serve("hello");
  one.make_older(-25s);
  auto loading = one.begin_load();
  auto head = loading->found->loaded->head();
  EXPECT_EQ(head.received, loop.timers.now());
}

TEST_F(SecondTiers, KeepsVariantsUnderKeysOfTheirOwn) {
  Head vary{{"Vary", "X-Side, Accept"}};
  one.serve("left", vary, {{"X-Side", "left"}});
  one.serve("right", vary, {{"X-Side", "right"}});
  EXPECT_EQ(shared->values.size(), 3u);
  EXPECT_EQ(other.load({{"X-Side", "left"}}), "left");
  EXPECT_EQ(other.load({{"X-Side", "right"}}), "right");
  EXPECT_EQ(other.load({{"X-Side", "up"}}), "-");
  EXPECT_EQ(other.load(), "-");
}

TEST_F(SecondTiers, APurgeReachesWhatIsBehindMemory) {
  auto purge_and_load = [&](PurgeRule rule) {
    one.serve("hello", {{"Cache-Tag", "news"}});
    EXPECT_EQ(other.load(), "hello");
    one.purges->forget(one.worker(), std::move(rule));
    loop.spin();
    EXPECT_EQ(one.load(), "-") << "where it was purged: at once";
    loop.advance(SharedPurges::interval + 8ms);
    EXPECT_EQ(other.load(), "-");
  };
  purge_and_load({By::url, Purge::hard, url});
  purge_and_load({By::prefix, Purge::hard, "https://a.example/"});
  purge_and_load({By::tag, Purge::hard, "news"});
  purge_and_load(purge_of_everything());
  one.serve("new");
  EXPECT_EQ(other.load(), "new");
  EXPECT_EQ(other.loads("purged"), 4);
}

TEST_F(SecondTiers, WhatWasAskedForBeforeAPurgeIsNotSavedBeyondIt) {
  auto loading = one.begin_load();
  auto stored = one.store_answer("old", {}, {}, Gateway::fresh());
  one.purges->forget(one.worker(), {By::url, Purge::hard, url});
  loop.spin();
  one.tier->save(one.worker(), stored, std::move(loading->found->ticket));
  loop.spin();
  EXPECT_EQ(one.load(), "-");
}

TEST_F(SecondTiers, ASoftPurgeMakesStale) {
  auto freshness = Gateway::fresh();
  freshness.stale_while_revalidate = 30s;
  one.serve("hello", {}, {}, freshness);
  one.purges->forget(one.worker(), {By::url, Purge::soft, url});
  loop.spin();
  auto loading = one.begin_load();
  ASSERT_TRUE(loading->found->loaded);
  auto head = loading->found->loaded->head();
  auto age = head.freshness.age(loop.timers.now() - head.received);
  EXPECT_FALSE(head.freshness.fresh(age));
  EXPECT_EQ(head.freshness.stale_while_revalidate, 30s);
}

TEST_F(SecondTiers, NobodyWaitsForAStoreThatIsGone) {
  one.serve("hello");
  shared->fail = true;
  EXPECT_EQ(one.load(), "-");
  EXPECT_EQ(one.loads("error"), 1);
  one.serve("again");
  EXPECT_EQ(one.saves("error"), 1);
  loop.advance(2s);
  auto asked = shared->asked;
  EXPECT_EQ(one.load(), "-");
  EXPECT_EQ(one.loads("skipped"), 1) << "purges may be missed meanwhile";
  EXPECT_EQ(shared->asked, asked);
  shared->fail = false;
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_EQ(one.load(), "hello");
}

TEST_F(SecondTiers, WhatCannotBeReadIsNotThere) {
  one.serve("hello");
  auto& value = shared->values[url];
  value.resize(value.size() - 1);
  EXPECT_EQ(one.load(), "-");
  value = "{}";
  EXPECT_EQ(one.load(), "-");
  EXPECT_EQ(one.loads("undecodable"), 2);
  value = "forged";
  EXPECT_EQ(one.load(), "-");
  EXPECT_EQ(one.loads("foreign"), 1);
}

TEST_F(SecondTiers, AValueOfAnotherUrlIsNotThere) {
  one.serve("hello");
  shared->values["https://a.example/y"] = shared->values[url];
  EXPECT_EQ(one.load({}, "https://a.example/y"), "-");
}

TEST_F(SecondTiers, AVaryThatLeadsToAVaryEnds) {
  one.serve("hello", {{"Vary", "X-Side"}});
  for (auto& [key, value] : shared->values) value = shared->values[url];
  EXPECT_EQ(one.load(), "-");
}

TEST_F(SecondTiers, OneOfTheReplicasMakesIt) {
  auto leads = one.begin_load();
  ASSERT_TRUE(leads->found);
  auto waits = other.begin_load();
  EXPECT_FALSE(waits->found);
  auto stored = one.store_answer("hello", {}, {}, Gateway::fresh());
  one.tier->save(one.worker(), stored, std::move(leads->found->ticket));
  loop.spin();
  EXPECT_TRUE(shared->claims.empty());
  loop.advance(SecondTier::first_look + 8ms);
  ASSERT_TRUE(waits->found && waits->found->loaded);
  EXPECT_TRUE(waits->found->collapsed);
  EXPECT_EQ(other.loads("collapsed"), 1);
}

TEST_F(SecondTiers, WhereItIsNotMadeAllGoUpInParallel) {
  Gateway third(loop, shared);
  auto leads = one.begin_load();
  auto waits = other.begin_load(), waits_too = third.begin_load();
  leads->found.reset();
  loop.advance(SecondTier::first_look + 8ms);
  for (auto* w : {waits.get(), waits_too.get()}) {
    ASSERT_TRUE(w->found);
    EXPECT_FALSE(w->found->loaded);
  }
  EXPECT_TRUE(shared->claims.empty()) << "nobody claims it anew";
}

TEST_F(SecondTiers, NobodyWaitsLongerThanTheyMay) {
  auto leads = one.begin_load();
  auto waits = other.begin_load();
  loop.advance(1s);
  ASSERT_TRUE(waits->found);
  EXPECT_FALSE(waits->found->loaded);
  EXPECT_LE(shared->asked, 12u) << "looks become rare";
}

TEST_F(SecondTiers, WhoWaitsForTheMarkOfAVaryGoesOn) {
  Head vary{{"Vary", "X-Side"}}, left{{"X-Side", "left"}}, right{{"X-Side", "right"}};
  auto leads = one.begin_load(left);
  auto same = other.begin_load(left), different = other.begin_load(right);
  auto stored = one.store_answer("left", vary, left, Gateway::fresh());
  one.tier->save(one.worker(), stored, std::move(leads->found->ticket));
  loop.spin();
  loop.advance(SecondTier::first_look + 8ms);
  ASSERT_TRUE(same->found && different->found);
  EXPECT_TRUE(same->found->loaded);
  EXPECT_FALSE(different->found->loaded);
}

TEST_F(SecondTiers, AClientThatLeavesGivesItsClaimBack) {
  auto leads = one.begin_load();
  EXPECT_EQ(shared->claims.size(), 1u);
  leads.reset();
  EXPECT_TRUE(shared->claims.empty());
}

TEST_F(SecondTiers, WhatIsTooLargeOrTooShortLivedStaysInMemory) {
  shared->max = 1000;
  one.serve(std::string(2000, 'x'));
  one.serve(std::string(999, 'x'));
  EXPECT_EQ(one.saves("too_large"), 2);
  auto old = Gateway::fresh();
  old.initial_age = 60s;
  one.serve("hello", {}, {}, old);
  EXPECT_EQ(one.saves("short_lived"), 1);
  EXPECT_TRUE(shared->values.empty());
  EXPECT_TRUE(shared->claims.empty());
}

TEST_F(SecondTiers, ABodyThatBreaksOffIsNotSaved) {
  kit::Pipe pipe;
  auto loading = one.begin_load();
  auto stored = one.store_answer(pipe.body(), unknown_length, {}, {}, Gateway::fresh());
  one.tier->save(one.worker(), stored, std::move(loading->found->ticket));
  pipe.push("hel");
  loop.spin();
  pipe.fail(Error(Error::Kind::reset));
  loop.spin();
  EXPECT_EQ(one.saves("broken"), 1);
  EXPECT_TRUE(shared->values.empty());
}

TEST_F(SecondTiers, KeepsAsLongAsItMayBeGivenStale) {
  auto freshness = Gateway::fresh();
  freshness.initial_age = 10s;
  freshness.stale_while_revalidate = 30s;
  freshness.stale_if_error = 300s;
  one.serve("hello", {}, {}, freshness);
  EXPECT_EQ(shared->times.find(url)->second, 350s);
  freshness.lifetime = http::CacheControl::forever;
  one.serve("hello", {}, {}, freshness);
  EXPECT_EQ(shared->times.find(url)->second, SecondTier::longest_kept);
}

TEST_F(SecondTiers, SavesNothingBeforeTheLogIsKnown) {
  shared->fail = true;
  Gateway early(loop, shared);
  shared->fail = false;
  early.serve("hello");
  EXPECT_EQ(early.saves("skipped"), 1);
  EXPECT_TRUE(shared->values.empty());
}

}  // namespace
}  // namespace sluice::filters::cache
