// The order of things in the filter: hit, miss, collapse, validation, bypass. Behind a real gateway.
#include "filters/cache/cache.hpp"

#include "cache_fixture.hpp"

namespace sluice::filters::cache {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// ---- hit and miss

TEST_F(CacheTest, WhatIsFreshIsGivenWithoutItsOrigin) {
  says({{"Cache-Control", "max-age=60"}, {"Content-Type", "text/plain"}, {"X-Made", "here"}}, "body");
  auto first = get();
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "body");
  EXPECT_EQ(first.told(), "sluice; fwd=uri-miss; ttl=60; stored");
  EXPECT_EQ(first.get("Age"), "") << "it comes from the origin";
  loop.advance(10s);
  auto second = get();
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, "body");
  EXPECT_TRUE(second.complete);
  EXPECT_EQ(second.told(), "sluice; hit; ttl=50");
  EXPECT_EQ(second.get("Age"), "10");
  EXPECT_EQ(second.get("X-Made"), "here");
  EXPECT_THAT(asked, SizeIs(1));
  EXPECT_EQ(count("hit"), "1");
  EXPECT_EQ(count("miss"), "1");
}

TEST_F(CacheTest, WithoutAWordOfTheOriginNothingIsStored) {
  says({}, "body");
  EXPECT_EQ(get().told(), "sluice; fwd=uri-miss; detail=no-freshness");
  get();
  EXPECT_THAT(asked, SizeIs(2));
  EXPECT_EQ(metric("cache_not_stored_total{policy=\"kept\",reason=\"no-freshness\"}"), "2");
}

TEST_F(CacheTest, WhatItsTimeIsOverIsAskedForAgain) {
  says({{"Cache-Control", "max-age=60"}}, "old");
  get();
  loop.advance(61s);
  says({{"Cache-Control", "max-age=60"}}, "new");
  auto again = get();
  EXPECT_EQ(again.body, "new");
  EXPECT_EQ(again.told(), "sluice; fwd=stale; ttl=60; stored");
  EXPECT_EQ(get().told(), "sluice; hit; ttl=60");
}

TEST_F(CacheTest, HeadIsAnsweredFromGet) {
  says({{"Cache-Control", "max-age=60"}}, "body");
  get();
  auto head = send("HEAD", "/a");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.told(), "sluice; hit; ttl=60");
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(CacheTest, AHeadThatMissesStoresNothing) {
  says({{"Cache-Control", "max-age=60"}}, "body");
  EXPECT_EQ(send("HEAD", "/a").status, 200);
  EXPECT_EQ(get().body, "body");
  EXPECT_THAT(asked, SizeIs(2));
}

TEST_F(CacheTest, QueryAndPathAreParts) {
  says({{"Cache-Control", "max-age=60"}}, "body");
  for (auto* target : {"/a", "/a?", "/a?x=1", "/a?x=2", "/A", "/a"}) get(target);
  EXPECT_THAT(asked, SizeIs(5));
}

TEST_F(CacheTest, VaryTellsVariantsApart) {
  origin = [](Exchange& x) {
    auto language = std::string(x.request.fields.get("Accept-Language"));
    return Says{200, {{"Cache-Control", "max-age=60"}, {"Vary", "Accept-Language"}}, language};
  };
  EXPECT_EQ(get("/a", {{"Accept-Language", "de"}}).body, "de");
  EXPECT_EQ(get("/a", {{"Accept-Language", "fr"}}).body, "fr");
  EXPECT_EQ(get("/a", {{"Accept-Language", "de"}}).told(), "sluice; hit; ttl=60");
  EXPECT_EQ(get("/a", {{"Accept-Language", "fr"}}).body, "fr");
  EXPECT_THAT(asked, SizeIs(2));
}

TEST_F(CacheTest, FieldsForUsAreNotShown) {
  says({{"Surrogate-Control", "max-age=60"}, {"Surrogate-Key", "a b"}, {"Cache-Control", "no-store"}},
       "body");
  auto first = get();
  EXPECT_EQ(first.get("Surrogate-Control") + first.get("Surrogate-Key"), "");
  auto second = get();
  EXPECT_EQ(second.told(), "sluice; hit; ttl=60");
  EXPECT_EQ(second.get("Surrogate-Control") + second.get("Surrogate-Key"), "");
  EXPECT_EQ(second.get("Cache-Control"), "no-store") << "that is for caches behind us";
}

TEST_F(CacheTest, WhatNeedNotBeToldIsNot) {
  settings.cache_status = false;
  says({{"Cache-Control", "max-age=60"}}, "body");
  EXPECT_EQ(get().told(), "");
  EXPECT_EQ(get().told(), "");
}

TEST_F(CacheTest, ADateIsKeptAsItWasReceived) {
  says({{"Cache-Control", "max-age=60"}}, "body");
  get();
  auto date = get().get("Date");
  EXPECT_NE(date, "");
  loop.advance(5s);
  EXPECT_EQ(get().get("Date"), date);
}

// ---- configured lifetimes

TEST_F(CacheTest, AConfiguredTimeHoldsByStatus) {
  settings.ttl.usual = 30s;
  settings.ttl.by_status[12] = 5s;  // 404
  says({{"Cache-Control", "max-age=1"}}, "body");
  EXPECT_EQ(get("/a").told(), "sluice; fwd=uri-miss; ttl=30; stored");
  says({}, "none", 404);
  EXPECT_EQ(get("/b").told(), "sluice; fwd=uri-miss; ttl=5; stored");
  says({}, "gone", 410);
  EXPECT_EQ(get("/c").told(), "sluice; fwd=uri-miss; detail=no-freshness") << "no error by itself";
}

TEST_F(CacheTest, AConfiguredTimeOverridesNoProhibition) {
  settings.ttl.usual = 30s;
  says({{"Cache-Control", "no-store"}}, "body");
  EXPECT_EQ(get("/a").told(), "sluice; fwd=uri-miss; detail=no-store");
  says({{"Cache-Control", "private"}}, "body");
  EXPECT_EQ(get("/b").told(), "sluice; fwd=uri-miss; detail=private");
  says({{"Set-Cookie", "a=b"}}, "body");
  EXPECT_EQ(get("/c").told(), "sluice; fwd=uri-miss; detail=set-cookie");
  says({{"Vary", "*"}}, "body");
  EXPECT_EQ(get("/d").told(), "sluice; fwd=uri-miss; detail=vary");
}

// ---- the client's conditions and ranges

TEST_F(CacheTest, AClientThatHasItIsToldSo) {
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}, {"Content-Type", "text/plain"}}, "body");
  get();
  auto same = get("/a", {{"If-None-Match", "W/\"1\""}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.get("ETag"), "\"1\"");
  EXPECT_EQ(same.get("Content-Type"), "");
  EXPECT_EQ(same.get("Cache-Control"), "max-age=60");
  EXPECT_EQ(get("/a", {{"If-None-Match", "\"2\""}}).status, 200);
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(CacheTest, AConditionOnSomethingThatIsNotStoredBringsAllOfIt) {
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}, "body");
  auto first = get("/a", {{"If-None-Match", "\"1\""}});
  EXPECT_EQ(first.status, 304);
  EXPECT_EQ(asked[0].get("If-None-Match"), "");
  auto second = get();
  EXPECT_EQ(second.body, "body");
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(CacheTest, ConditionsThatOnlyTheOriginCanJudgeGoToIt) {
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}, "body");
  get();
  auto other = get("/a", {{"If-Match", "\"1\""}});
  EXPECT_EQ(other.told(), "sluice; fwd=bypass; detail=condition");
  EXPECT_EQ(asked.at(1).get("If-Match"), "\"1\"");
}

TEST_F(CacheTest, APartIsCutFromTheWhole) {
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}, "0123456789");
  get();
  auto part = get("/a", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.get("Content-Range"), "bytes 2-4/10");
  auto none = get("/a", {{"Range", "bytes=10-"}});
  EXPECT_EQ(none.status, 416);
  EXPECT_EQ(none.get("Content-Range"), "bytes */10");
  EXPECT_EQ(get("/a", {{"Range", "bytes=0-1,5-6"}}).status, 200) << "several: the whole";
  EXPECT_EQ(get("/a", {{"Range", "bytes=0-1"}, {"If-Range", "\"2\""}}).status, 200);
  EXPECT_EQ(get("/a", {{"Range", "bytes=0-1"}, {"If-Range", "\"1\""}}).status, 206);
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(CacheTest, APartOfWhatIsNotStoredGoesUpAsItIs) {
  says({{"Cache-Control", "max-age=60"}, {"Content-Range", "bytes 4-9/10"}}, "456789", 206);
  auto part = get("/a", {{"Range", "bytes=-6"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "456789");
  EXPECT_EQ(part.told(), "sluice; fwd=uri-miss; ttl=60; stored");
  EXPECT_EQ(asked[0].get("Range"), "bytes=-6");
}

TEST_F(CacheTest, APartAnswersForItselfAndForWhatLiesInIt) {
  says({{"Cache-Control", "max-age=60"}, {"Content-Range", "bytes 4-9/10"}, {"ETag", "\"1\""}}, "456789",
       206);
  get("/a", {{"Range", "bytes=-6"}});
  auto same = get("/a", {{"Range", "bytes=-6"}});
  EXPECT_EQ(same.status, 206);
  EXPECT_EQ(same.body, "456789");
  EXPECT_EQ(same.told(), "sluice; hit; ttl=60");
  auto less = get("/a", {{"Range", "bytes=6-8"}});
  EXPECT_EQ(less.status, 206);
  EXPECT_EQ(less.body, "678");
  EXPECT_EQ(less.get("Content-Range"), "bytes 6-8/10");
  EXPECT_EQ(get("/a", {{"Range", "bytes=-6"}, {"If-None-Match", "\"1\""}}).status, 304);
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(CacheTest, APartAnswersForNothingElse) {
  says({{"Cache-Control", "max-age=60"}, {"Content-Range", "bytes 4-9/10"}}, "456789", 206);
  get("/a", {{"Range", "bytes=-6"}});
  get("/a", {{"Range", "bytes=3-8"}});
  get("/a", {{"Range", "bytes=6-8"}, {"If-Range", "\"1\""}});
  send("HEAD", "/a", {{"Range", "bytes=-6"}});
  EXPECT_THAT(asked, SizeIs(4));
  says({{"Cache-Control", "max-age=60"}}, "0123456789");
  auto whole = get();
  EXPECT_EQ(whole.body, "0123456789");
  EXPECT_THAT(asked, SizeIs(5));
}

TEST_F(CacheTest, APartWhoseTimeIsOverIsAskedForAnew) {
  says({{"Cache-Control", "max-age=60, stale-while-revalidate=60"},
        {"Content-Range", "bytes 4-9/10"},
        {"ETag", "\"1\""}},
       "456789", 206);
  get("/a", {{"Range", "bytes=-6"}});
  loop.advance(61s);
  get("/a", {{"Range", "bytes=-6"}});
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[1].get("Range"), "bytes=-6");
  EXPECT_EQ(asked[1].get("If-None-Match"), "");
}

// ---- validation

TEST_F(CacheTest, TheOriginIsAskedByWhatItGave) {
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}, {"X-N", "1"}}, "body");
  get();
  loop.advance(61s);
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}, {"X-N", "2"}}, "", 304);
  auto again = get();
  EXPECT_EQ(asked.at(1).get("If-None-Match"), "\"1\"");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, "body");
  EXPECT_EQ(again.get("X-N"), "2");
  EXPECT_EQ(again.told(), "sluice; fwd=stale; fwd-status=304; ttl=60; stored");
  EXPECT_EQ(get().told(), "sluice; hit; ttl=60");
  EXPECT_EQ(count("revalidated"), "1");
  EXPECT_THAT(asked, SizeIs(2));
}

TEST_F(CacheTest, AClientsOwnConditionIsAnsweredFromAValidation) {
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"2\""}}, "body");
  get();
  loop.advance(61s);
  says({{"Cache-Control", "max-age=60"}}, "", 304);
  auto old = get("/a", {{"If-None-Match", "\"1\""}});
  EXPECT_EQ(asked.at(1).get("If-None-Match"), "\"2\"") << "of what is stored";
  EXPECT_EQ(old.status, 200);
  EXPECT_EQ(old.body, "body");
  loop.advance(61s);
  EXPECT_EQ(get("/a", {{"If-None-Match", "\"2\""}}).status, 304);
}

TEST_F(CacheTest, WhatHasToBeValidatedIsNeverGivenWithout) {
  says({{"Cache-Control", "no-cache"}, {"ETag", "\"1\""}}, "body");
  get();
  says({{"ETag", "\"1\""}}, "", 304);
  EXPECT_EQ(get().body, "body");
  EXPECT_EQ(get().body, "body");
  EXPECT_THAT(asked, SizeIs(3));
}

TEST_F(CacheTest, HeadTellsWhatIsStoredWhetherItIsStillGood) {
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}, "body");
  get();
  loop.advance(61s);
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}, "body");
  send("HEAD", "/a");
  EXPECT_EQ(get().told(), "sluice; hit; ttl=60");
  EXPECT_THAT(asked, SizeIs(2));
}

// ---- what the client asks for

TEST_F(CacheTest, AClientMayWantAnswersOfItsOwn) {
  says({{"Cache-Control", "max-age=60"}}, "body");
  get();
  EXPECT_EQ(get("/a", {{"Cache-Control", "no-cache"}}).told(), "sluice; fwd=request; ttl=60; stored");
  EXPECT_EQ(get("/a", {{"Cache-Control", "no-store"}}).told(), "sluice; fwd=bypass; detail=request-no-store");
  auto only = get("/a", {{"Cache-Control", "only-if-cached"}});
  EXPECT_EQ(only.told(), "sluice; hit; ttl=60");
  only = get("/b", {{"Cache-Control", "only-if-cached"}});
  EXPECT_EQ(only.status, 504);
  EXPECT_THAT(only.body, HasSubstr("Nothing that may be given is stored"));
  EXPECT_EQ(count("refused"), "1");
  EXPECT_EQ(count("bypass"), "1");
}

TEST_F(CacheTest, RequestsWithABodyOrAnUpgradeGoPast) {
  says({{"Cache-Control", "max-age=60"}}, "body");
  get();
  auto with_body = call("GET", "/a");
  with_body->x.request.length = 1;
  with_body->x.request.body = std::make_unique<MemoryBody>("x");
  with_body->go();
  EXPECT_EQ(got(*with_body).told(), "sluice; fwd=bypass; detail=body");
  auto upgrade = call("GET", "/a");
  upgrade->x.request.upgrade = "websocket";
  upgrade->go();
  EXPECT_EQ(got(*upgrade).told(), "sluice; fwd=bypass; detail=upgrade");
}

// ---- collapsing

TEST_F(CacheTest, MissesOfOneKeyAreOneRequest) {
  origin = [](Exchange&) {
    return Says{.fields = {{"Cache-Control", "max-age=60"}}, .body = "body", .waits = true};
  };
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(call("GET", "/a"));
  for (auto& c : calls) c->go();
  EXPECT_THAT(asked, SizeIs(1));
  answer_those_who_wait();
  for (auto& c : calls) EXPECT_EQ(got(*c).body, "body");
  EXPECT_EQ(got(*calls[4]).told(), "sluice; fwd=uri-miss; collapsed");
  EXPECT_EQ(count("collapsed"), "4");
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(CacheTest, ABodyStreamsToAllWhoWait) {
  kit::Pipe pipe;
  origin = [&](Exchange&) {
    return Says{.fields = {{"Cache-Control", "max-age=60"}}, .body = {}, .stream = pipe.body()};
  };
  auto a = call("GET", "/a"), b = call("GET", "/a");
  a->go();
  pipe.push("first ");
  loop.spin();
  b->go();
  EXPECT_EQ(a->sink.received, "first ");
  EXPECT_EQ(b->sink.received, "first ") << "before its last byte is there";
  pipe.push("last", true);
  loop.spin();
  EXPECT_EQ(a->sink.received, "first last");
  EXPECT_EQ(b->sink.received, "first last");
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(CacheTest, ALeadersClientMayLeave) {
  kit::Pipe pipe;
  origin = [&](Exchange&) {
    return Says{.fields = {{"Cache-Control", "max-age=60"}}, .body = {}, .stream = pipe.body()};
  };
  auto a = call("GET", "/a"), b = call("GET", "/a");
  a->go();
  pipe.push("first ");
  loop.spin();
  b->go();
  a->client_gone();
  pipe.push("last", true);
  loop.spin();
  EXPECT_EQ(b->sink.received, "first last");
}

TEST_F(CacheTest, ALeaderThatDiesIsFollowedByOneOfThoseWhoWait) {
  origin = [](Exchange&) {
    return Says{.fields = {{"Cache-Control", "max-age=60"}}, .body = "body", .waits = true};
  };
  auto a = call("GET", "/a"), b = call("GET", "/a"), c = call("GET", "/a");
  for (auto* one : {&a, &b, &c}) (*one)->go();
  a->client_gone();
  loop.spin();
  EXPECT_THAT(asked, SizeIs(2));
  answer_those_who_wait();
  EXPECT_EQ(got(*b).body + got(*c).body, "bodybody");
  EXPECT_THAT(asked, SizeIs(2));
}

TEST_F(CacheTest, ThoseWhoWaitedForSomethingThatIsNotStoredGoUpTogether) {
  origin = [](Exchange&) {
    return Says{.fields = {{"Cache-Control", "no-store"}}, .body = "body", .waits = true};
  };
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(call("GET", "/a"));
  for (auto& c : calls) c->go();
  answer_those_who_wait();
  EXPECT_THAT(asked, SizeIs(4)) << "all at once";
  answer_those_who_wait();
  for (auto& c : calls) EXPECT_EQ(got(*c).body, "body");

  auto a = call("GET", "/a"), b = call("GET", "/a");
  a->go();
  b->go();
  EXPECT_THAT(asked, SizeIs(6)) << "nobody waits for it the next time";
  answer_those_who_wait();
}

TEST_F(CacheTest, NobodyWaitsForever) {
  settings.collapse_timeout = 1s;
  origin = [](Exchange&) {
    return Says{.fields = {{"Cache-Control", "max-age=60"}}, .body = "body", .waits = true};
  };
  auto a = call("GET", "/a"), b = call("GET", "/a");
  a->go();
  b->go();
  loop.advance(990ms);
  EXPECT_THAT(asked, SizeIs(1));
  loop.advance(20ms);
  EXPECT_THAT(asked, SizeIs(2));
  answer_those_who_wait();
  EXPECT_EQ(got(*b).body, "body");
}

// ---- stale

TEST_F(CacheTest, WhatIsStaleIsGivenWhileANewerOneIsFetched) {
  says({{"Cache-Control", "max-age=60, stale-while-revalidate=30"}, {"ETag", "\"1\""}}, "old");
  get();
  loop.advance(70s);
  origin = [](Exchange&) {
    return Says{.fields = {{"Cache-Control", "max-age=60"}}, .body = "new", .waits = true};
  };
  auto stale = get();
  EXPECT_EQ(stale.body, "old");
  EXPECT_EQ(stale.told(), "sluice; hit; ttl=-10");
  EXPECT_EQ(get().body, "old");
  EXPECT_THAT(asked, SizeIs(2)) << "one refresh at a time";
  EXPECT_EQ(asked[1].get("If-None-Match"), "\"1\"");
  answer_those_who_wait();
  EXPECT_EQ(get().body, "new");
  EXPECT_EQ(count("stale"), "2");
  EXPECT_EQ(metric("cache_refreshes_total{policy=\"kept\",result=\"done\"}"), "1");
  EXPECT_THAT(asked, SizeIs(2));
}

TEST_F(CacheTest, ARefreshMayConfirmWhatIsStored) {
  settings.stale_while_revalidate = 30s;
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}, "body");
  get();
  loop.advance(70s);
  says({{"Cache-Control", "max-age=60"}}, "", 304);
  EXPECT_EQ(get().told(), "sluice; hit; ttl=-10");
  EXPECT_EQ(get().told(), "sluice; hit; ttl=60");
  EXPECT_THAT(asked, SizeIs(2));
}

TEST_F(CacheTest, WhatIsStaleIsGivenWhereTheOriginFails) {
  settings.stale_if_error = 5min;
  says({{"Cache-Control", "max-age=60"}}, "old");
  get();
  loop.advance(70s);
  says({}, "broken", 500);
  auto stale = get();
  EXPECT_EQ(stale.status, 200);
  EXPECT_EQ(stale.body, "old");
  EXPECT_EQ(stale.told(), "sluice; fwd=stale; fwd-status=500; ttl=-10; detail=stale-if-error");
  loop.advance(2s);
  breaks();
  EXPECT_EQ(get().body, "old");
  EXPECT_THAT(asked, SizeIs(3));
  EXPECT_EQ(get().body, "old");
  EXPECT_THAT(asked, SizeIs(3)) << "it has just failed: nobody asks again at once";
  loop.advance(5min);
  EXPECT_EQ(get().status, 502);
}

TEST_F(CacheTest, WhatMustBeValidatedIsNotGivenWhereTheOriginFails) {
  settings.stale_if_error = 5min;
  says({{"Cache-Control", "max-age=60, must-revalidate"}}, "old");
  get();
  loop.advance(70s);
  breaks();
  EXPECT_EQ(get().status, 502);
}

TEST_F(CacheTest, WithoutAnyWordStaleOnesAreForAnOriginThatIsGoneAlone) {
  says({{"Cache-Control", "max-age=60"}}, "old");
  get();
  loop.advance(70s);
  says({}, "broken", 503);
  EXPECT_EQ(get().status, 503);
  breaks();
  EXPECT_EQ(get().body, "old");
}

// ---- overload

TEST_F(CacheTest, UnderOverloadWhatIsStoredIsGoodEnough) {
  says({{"Cache-Control", "max-age=60"}}, "old");
  get();
  loop.advance(70s);
  auto busy = call("GET", "/a");
  busy->x.thrift = Exchange::Thrift::stored_first;
  busy->go();
  EXPECT_EQ(got(*busy).body, "old");
  EXPECT_EQ(got(*busy).told(), "sluice; hit; ttl=-10; detail=overload");
  EXPECT_THAT(asked, SizeIs(1));
  EXPECT_EQ(metric("degraded_total{step=\"serve_stale\"}"), "1");
}

// ---- changes

TEST_F(CacheTest, AnAnswerToPostThatNamesItsTargetAnswersGet) {
  says({{"Cache-Control", "max-age=60"}}, "old");
  get();
  says({{"Cache-Control", "max-age=60"}, {"Content-Location", "/a"}}, "new");
  auto posted = send("POST", "/a");
  EXPECT_EQ(posted.body, "new");
  EXPECT_EQ(posted.told(), "sluice; fwd=method; ttl=60; stored");
  auto got = get();
  EXPECT_EQ(got.body, "new");
  EXPECT_EQ(got.told(), "sluice; hit; ttl=60");
  EXPECT_THAT(asked, SizeIs(2));
}

TEST_F(CacheTest, NoOtherAnswerToPostAnswersGet) {
  says({{"Cache-Control", "max-age=60"}, {"Content-Location", "/b"}}, "posted");
  send("POST", "/a");
  says({{"Cache-Control", "private, max-age=60"}, {"Content-Location", "/a"}}, "posted");
  send("POST", "/a");
  EXPECT_EQ(store()->entries(), 0u);
}

TEST_F(CacheTest, WhatIsChangedIsForgotten) {
  says({{"Cache-Control", "max-age=60"}}, "old");
  for (auto* target : {"/a", "/b", "/c", "/d"}) get(target);
  says({{"Location", "/b"}, {"Content-Location", "http://example.com/c"}}, "", 201);
  auto changed = send("POST", "/a");
  EXPECT_EQ(changed.status, 201);
  says({{"Cache-Control", "max-age=60"}}, "new");
  EXPECT_EQ(get("/a").body + get("/b").body + get("/c").body + get("/d").body, "newnewnewold");
  EXPECT_EQ(metric("cache_invalidated_total{policy=\"kept\"}"), "3");
}

TEST_F(CacheTest, WhatCouldNotBeChangedStays) {
  says({{"Cache-Control", "max-age=60"}}, "old");
  get("/a");
  get("/b");
  says({{"Location", "/b"}}, "", 500);
  send("PUT", "/a");
  says({{"Location", "http://other.example/b"}}, "", 200);
  send("POST", "/c");
  EXPECT_EQ(get("/a").body + get("/b").body, "oldold");
}

TEST_F(CacheTest, PurgeIsForThoseWhoMay) {
  settings.purge_method = {*Cidr::parse("192.0.2.7/32")};
  says({{"Cache-Control", "max-age=60"}, {"Vary", "Accept"}}, "old");
  get("/a", {{"Accept", "x"}});
  get("/a", {{"Accept", "y"}});
  auto purged = send("PURGE", "/a");
  EXPECT_EQ(purged.status, 200);
  EXPECT_EQ(purged.body, "{\"purged\":2}\n");
  EXPECT_THAT(asked, SizeIs(2)) << "it is answered here";
  auto stranger = call("PURGE", "/a");
  stranger->from("198.51.100.1");
  stranger->go();
  EXPECT_EQ(got(*stranger).status, 405);
  EXPECT_EQ(got(*stranger).get("Allow"), "GET, HEAD");
}

TEST_F(CacheTest, WithoutThemPurgeIsAMethodLikeAnyOther) {
  says({}, "mine", 200);
  EXPECT_EQ(send("PURGE", "/a").body, "mine");
  EXPECT_THAT(asked, SizeIs(1));
}

}  // namespace
}  // namespace sluice::filters::cache
