#include "filters/cache/shared_purges.hpp"

#include <gtest/gtest.h>

#include "filters/cache/puppet_shared_store.hpp"
#include "kit/loop.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::filters::cache {
namespace {

using namespace std::chrono_literals;
using By = PurgeRule::By;
using testing::ElementsAre;
using testing::IsEmpty;

PurgeRule url(std::string text) {
  return {By::url, Purge::hard, std::move(text)};
}

class NoFetcher final : public Fetcher {
  Task<Result<Fetched>> fetch(Fetch) override { co_return Error(); }
};

// One process of several that share a store.
struct Replica {
  Replica(kit::Loop& l, std::shared_ptr<SharedStore> store, telemetry::Metrics& metrics)
      : loop(l),
        purges(std::make_shared<SharedPurges>(
            std::move(store), [this](const PurgeRule& rule) { return forgot.push_back(rule), 7u; },
            metrics)) {}

  void start() { running.spawn(purges->run(loop.worker, fetcher)); }
  PurgeReport purge(PurgeRule rule) {
    std::optional<PurgeReport> report;
    Scope scope;
    scope.spawn(keep(purges->purge(loop.worker, std::move(rule)), report));
    loop.spin();
    return report.value();
  }
  static Task<Unit> keep(Task<PurgeReport> task, std::optional<PurgeReport>& to) {
    to = co_await task;
    co_return Unit{};
  }
  bool believes(TimePoint received = {}) const {
    return purges->believes_memory(received, loop.timers.now());
  }
  bool hears() const { return purges->hears(loop.timers.now()); }
  std::optional<Purge> judge(std::string_view u, const NoticePlace& since) const {
    return purges->judge(u, {}, since);
  }

  kit::Loop& loop;
  NoFetcher fetcher;
  std::vector<PurgeRule> forgot;
  std::shared_ptr<SharedPurges> purges;
  Scope running;
};

struct Purges : testing::Test {
  kit::Loop loop;
  telemetry::Metrics metrics{1};
  std::shared_ptr<PuppetSharedStore> store = std::make_shared<PuppetSharedStore>();
  Replica one{loop, store, metrics}, other{loop, store, metrics};

  void start() {
    one.start();
    other.start();
    loop.spin();
  }
  double metric(const std::string& name) const {
    auto text = metrics.text();
    auto at = text.find('\n' + name + ' ');
    return at == text.npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  }
};

TEST_F(Purges, IsGoneHereAtOnceAndInTheOthersSoon) {
  start();
  auto report = one.purge(url("u"));
  EXPECT_EQ(report.here, 7u);
  EXPECT_TRUE(report.told);
  EXPECT_THAT(one.forgot, ElementsAre(url("u")));
  EXPECT_THAT(other.forgot, IsEmpty());
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_THAT(other.forgot, ElementsAre(url("u")));
  EXPECT_THAT(one.forgot, ElementsAre(url("u"))) << "its own is not carried out again";
  EXPECT_EQ(metric("sluice_cache_purges_told_total"), 1);
  EXPECT_EQ(metric("sluice_cache_purges_read_total"), 1);
}

TEST_F(Purges, WhoDoesNotWaitIsTakenCareOf) {
  start();
  EXPECT_EQ(one.purges->forget(loop.worker, url("u")), 7u);
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_THAT(other.forgot, ElementsAre(url("u")));
}

TEST_F(Purges, JudgesByWhereTheLogStood) {
  start();
  auto before = one.purges->place();
  EXPECT_EQ(before.log, "log-1");
  EXPECT_EQ(one.judge("u", before), std::nullopt);
  one.purge(url("u"));
  EXPECT_EQ(one.judge("u", before), Purge::hard);
  EXPECT_EQ(one.judge("v", before), std::nullopt);
  loop.spin();
  EXPECT_EQ(one.judge("u", one.purges->place()), std::nullopt) << "the log was read again at once";
  EXPECT_EQ(other.judge("u", before), std::nullopt);
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_EQ(other.judge("u", before), Purge::hard);
}

TEST_F(Purges, WhatNobodyCanKnowWasPurged) {
  EXPECT_EQ(one.judge("u", {"log-1", 1000}), Purge::hard) << "nothing was read yet";
  start();
  EXPECT_EQ(one.judge("u", {"log-1", 1000}), std::nullopt);
  EXPECT_EQ(one.judge("u", {"log-1", 999}), Purge::hard) << "before the horizon";
  EXPECT_EQ(one.judge("u", {"log-0", 2000}), Purge::hard) << "of another log";
  EXPECT_EQ(one.judge("u", {}), Purge::hard);
}

TEST_F(Purges, ALongLogIsReadToItsEnd) {
  for (int i = 0; i < 10; ++i) store->log[++store->last.at] = notice_of(url(std::to_string(i)));
  start();
  EXPECT_EQ(one.forgot.size(), 10u);
  EXPECT_EQ(one.purges->place(), store->last);
  EXPECT_EQ(one.purges->status().items, 10u);
}

TEST_F(Purges, WhatCannotBeToldIsToldLater) {
  start();
  store->fail = true;
  auto before = one.purges->place();
  auto report = one.purge(url("u"));
  EXPECT_FALSE(report.told);
  EXPECT_STREQ(report.trouble, "redis_down");
  EXPECT_EQ(report.here, 7u);
  EXPECT_EQ(one.judge("u", before), Purge::hard);
  one.purge(url("u"));
  loop.advance(3 * SharedPurges::interval);
  store->fail = false;
  loop.advance(2 * SharedPurges::interval + 16ms);
  EXPECT_THAT(other.forgot, ElementsAre(url("u")));
  EXPECT_EQ(store->log.size(), 1u);
  EXPECT_THAT(one.forgot, ElementsAre(url("u"), url("u")));
}

TEST_F(Purges, ToldAlsoWhereNobodyWaitsAnyMore) {
  start();
  store->hang = true;
  std::optional<PurgeReport> report;
  Scope client;
  client.spawn(Replica::keep(one.purges->purge(loop.worker, url("u")), report));
  loop.spin();
  EXPECT_THAT(one.forgot, ElementsAre(url("u")));
  client.cancel();
  store->hang = false;
  loop.advance(2 * SharedPurges::interval + 16ms);
  EXPECT_THAT(other.forgot, ElementsAre(url("u")));
}

TEST_F(Purges, TooManyUntoldBecomeEverything) {
  start();
  store->fail = true;
  for (std::size_t i = 0; i <= SharedPurges::most_untold; ++i) one.purge(url(std::to_string(i)));
  store->fail = false;
  loop.advance(2 * SharedPurges::interval);
  EXPECT_EQ(store->log.size(), 2u);
  EXPECT_THAT(other.forgot, testing::Contains(purge_of_everything()));
  EXPECT_EQ(one.judge("0", one.purges->place()), std::nullopt) << "nothing is left that is later than all";
  EXPECT_EQ(one.judge("0", {"log-1", 1000}), Purge::hard);
}

TEST_F(Purges, WhoeverWasCutOffReadsOn) {
  start();
  store->fail = true;
  loop.advance(3s);
  store->log[++store->last.at] = notice_of(url("u"));
  store->fail = false;
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_THAT(one.forgot, ElementsAre(url("u")));
  EXPECT_EQ(metric("sluice_cache_purges_missed_total"), 0);
}

TEST_F(Purges, WhoeverMayHaveMissedOneForgetsEverything) {
  start();
  store->fail = true;
  loop.advance(1s);
  for (auto* text : {"a", "b"}) store->log[++store->last.at] = notice_of(url(text));
  store->throw_away_until(store->last.at - 1);
  store->fail = false;
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_THAT(one.forgot, ElementsAre(purge_of_everything(), url("b")));
  EXPECT_EQ(one.purges->place(), store->last);
  EXPECT_EQ(metric("sluice_cache_purges_missed_total"), 2) << "both replicas";
}

TEST_F(Purges, AnotherLogIsReadAfterForgettingEverything) {
  start();
  one.purge(url("u"));
  store->lose_everything();
  store->log[++store->last.at] = notice_of(url("new"));
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_THAT(one.forgot, ElementsAre(url("u"), purge_of_everything(), url("new")));
  EXPECT_EQ(one.judge("u", {"log-1", 5000}), Purge::hard);
}

TEST_F(Purges, ALogThatWentBackIsAnotherOne) {
  start();
  one.purge(url("u"));
  loop.advance(SharedPurges::interval + 8ms);
  store->log.clear();
  store->last.at -= 1;
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_EQ(one.forgot.back(), purge_of_everything());
  EXPECT_EQ(one.purges->place(), store->last);
}

TEST_F(Purges, MemoryIsBelievedForAWhile) {
  start();
  EXPECT_TRUE(one.hears());
  store->fail = true;
  loop.advance(900ms);
  EXPECT_TRUE(one.hears());
  loop.advance(400ms);
  EXPECT_FALSE(one.hears());
  EXPECT_TRUE(one.believes());
  loop.advance(9s);
  EXPECT_FALSE(one.believes());
  EXPECT_TRUE(one.believes(loop.timers.now() - 9s)) << "it came from its origin since";
  EXPECT_FALSE(one.believes(loop.timers.now() - 11s));
  EXPECT_FALSE(one.purges->status().usable);
  EXPECT_EQ(one.purges->status().error, "redis_down");
  store->fail = false;
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_TRUE(one.believes());
  EXPECT_TRUE(one.purges->status().usable);
}

TEST_F(Purges, MemoryIsAlwaysBelievedWithoutABound) {
  store->most_cut_off = Duration::max();
  Replica unbound(loop, store, metrics);
  unbound.start();
  store->fail = true;
  loop.advance(1h);
  EXPECT_TRUE(unbound.believes());
}

TEST_F(Purges, ALateFirstContactForgetsWhatCameBefore) {
  store->fail = true;
  start();
  loop.advance(2s);
  store->fail = false;
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_THAT(one.forgot, ElementsAre(purge_of_everything()));
  loop.advance(1s);
  EXPECT_EQ(one.forgot.size(), 1u);
}

TEST_F(Purges, AnUnknownNoticeMayBeAboutAnything) {
  start();
  store->log[++store->last.at] = "purge by moonlight";
  loop.advance(SharedPurges::interval + 8ms);
  EXPECT_THAT(one.forgot, ElementsAre(purge_of_everything()));
}

TEST_F(Purges, GoesOnAfterAReloadThatLeftItOut) {
  start();
  one.running.cancel();
  one.purge(url("u"));
  loop.spin();
  other.purge(url("v"));
  one.start();
  loop.spin();
  EXPECT_THAT(one.forgot, ElementsAre(url("u"), url("v")));
}

}  // namespace
}  // namespace sluice::filters::cache
