// Routes that try again, and twice at once, against upstreams that fail in every way they can.
#include "proxy/forwarder_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using proxy::testing::Call;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using upstream::testing::ok_answer;

namespace {

constexpr std::string_view unavailable = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad";

struct PersistTest : proxy::testing::ForwarderTest {
  config::Retry retry;
  std::optional<config::Hedge> hedge;

  PersistTest() {
    retry.attempts = 3;
    retry.backoff = 0ms;
  }
  Route& persistent(int endpoints = 3) {
    settings.balance = config::Balance::round_robin;
    for (int i = 1; i <= endpoints; ++i) endpoint(("http://10.1.0." + std::to_string(i) + ":80").c_str());
    auto& r = to_users();
    r.persistence = std::make_shared<const Persistence>(Persistence{RetryRules(retry), hedge});
    return r;
  }
  std::size_t dialled() const { return puppet.calls.size(); }
  bool counts(const std::string& series, int n) const {
    return metrics.text().find(series + ' ' + std::to_string(n) + '\n') != std::string::npos;
  }
  bool retried(const std::string& reason, int n) const {
    return counts("sluice_upstream_retries_total{upstream=\"users\",reason=\"" + reason + "\"}", n) ||
           counts("sluice_upstream_retries_total{reason=\"" + reason + "\",upstream=\"users\"}", n);
  }
};

TEST_F(PersistTest, AConnectionThatBreaksIsFollowedByAnotherEndpoint) {
  persistent();
  Call call(*this, "GET", "/users/7");
  call.go();
  wire(0).reset();
  spin();
  ASSERT_EQ(dialled(), 2u);
  EXPECT_NE(puppet.calls[0].address, puppet.calls[1].address);
  EXPECT_THAT(asked(1), StartsWith("GET /users/7 HTTP/1.1\r\n"));
  say(ok_answer, 1);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(records[0].attempts, 2);
  EXPECT_FALSE(records[0].flags.has(Flag::urx));
  ASSERT_EQ(call.x.upstream.tries.size(), 1u);
  EXPECT_THAT(std::string(call.x.upstream.tries[0]), StartsWith(puppet.calls[0].address + ":"));
  EXPECT_TRUE(retried("reset", 1)) << metrics.text();
}

TEST_F(PersistTest, AnAnswerThatEndsEarlyOrIsNoHttpIsFollowedByAnother) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 200 OK\r\nContent-", 0);
  wire(0).reset();
  spin();
  say("\x01\x02 nonsense\r\n\r\n", 1);
  ASSERT_EQ(dialled(), 3u);
  say(ok_answer, 2);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.x.upstream.tries.size(), 2u);
}

TEST_F(PersistTest, AServersErrorIsFollowedByAnotherAndItsConnectionServesAgain) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  say(unavailable, 0);
  ASSERT_EQ(dialled(), 2u);
  EXPECT_FALSE(wire(0).far_saw_end()) << "its body was here as a whole";
  say(ok_answer, 1);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.sink.received, "");
  EXPECT_THAT(std::string(call.x.upstream.tries[0]), HasSubstr(":80:503"));
  EXPECT_TRUE(retried("status", 1));
}

TEST_F(PersistTest, AnErrorWhoseBodyIsStillComingClosesItsConnection) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 500 Oops\r\nContent-Length: 1000000\r\n\r\nbegin", 0);
  ASSERT_EQ(dialled(), 2u);
  EXPECT_TRUE(wire(0).far_saw_end());
  say(ok_answer, 1);
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(PersistTest, TheLastAnswerIsTheClientsAndTheLogSaysThatTriesAreExhausted) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  for (std::size_t i = 0; i < 3; ++i) say(unavailable, i);
  EXPECT_EQ(dialled(), 3u);
  EXPECT_EQ(call.sink.status, 503);
  EXPECT_EQ(call.sink.received, "bad");
  EXPECT_EQ(records[0].attempts, 3);
  EXPECT_TRUE(records[0].flags.has(Flag::urx));
}

TEST_F(PersistTest, NoEndpointIsAskedTwice) {
  persistent(2);
  Call call(*this, "GET", "/users");
  call.go();
  for (std::size_t i = 0; i < 2; ++i) say(unavailable, i);
  EXPECT_EQ(dialled(), 2u);
  EXPECT_EQ(call.sink.status, 503);
  EXPECT_TRUE(records[0].flags.has(Flag::urx));
}

TEST_F(PersistTest, AnAnswerThatBeganIsNeverFollowedByAnother) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", 0);
  wire(0).reset();
  spin();
  EXPECT_EQ(dialled(), 1u);
  EXPECT_TRUE(call.sink.aborted);
}

TEST_F(PersistTest, APostIsTriedOnceUnlessNobodyCanHaveSeenIt) {
  refusals = 1;
  persistent();
  Call call(*this, "POST", "/users");
  call.x.request.length = 5;
  call.x.request.body = std::make_unique<MemoryBody>("hello");
  call.go();
  ASSERT_EQ(dialled(), 2u) << "a refused connection saw nothing";
  EXPECT_TRUE(asked(1).ends_with("hello"));
  say(unavailable, 1);
  EXPECT_EQ(dialled(), 2u);
  EXPECT_EQ(call.sink.status, 503);
  EXPECT_FALSE(records[0].flags.has(Flag::urx));
}

TEST_F(PersistTest, APostThatIsNamedIsSentAgainWithItsBody) {
  retry.methods = {"POST"};
  persistent();
  kit::Pipe pipe;
  Call call(*this, "POST", "/users");
  call.x.request.length = unknown_length;
  call.x.request.body = pipe.body();
  call.go();
  EXPECT_EQ(dialled(), 0u) << "nothing is asked before the body is held";
  pipe.push("hel");
  pipe.push("lo", true);
  spin();
  for (std::size_t i = 0; i < 2; ++i) {
    auto sent = asked(i);
    EXPECT_THAT(sent, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_TRUE(sent.ends_with("\r\n\r\nhello")) << sent;
    if (i == 0) wire(0).reset();
    spin();
  }
  say(ok_answer, 1);
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(PersistTest, ALongerBodyIsSentOnceAndWhole) {
  retry.max_body = Size{10};
  persistent();
  for (std::uint64_t length : {std::uint64_t{12}, unknown_length}) {
    auto first = dialled();
    Call call(*this, "PUT", "/users");
    call.x.request.length = length;
    call.x.request.body = kit::ends_after("hello, world");
    call.go();
    ASSERT_EQ(dialled(), first + 1);
    auto sent = asked(first);
    EXPECT_THAT(sent, HasSubstr("hello, world"));
    wire(first).reset();
    spin();
    EXPECT_EQ(dialled(), first + 1);
    EXPECT_EQ(call.sink.status, 502);
  }
}

TEST_F(PersistTest, ABodyOverTheRoutesLimitIsStill413) {
  persistent().max_body = Size{5};
  Call call(*this, "PUT", "/users");
  call.x.request.length = unknown_length;
  call.x.request.body = kit::ends_after("hello, world");
  call.go();
  EXPECT_EQ(call.sink.status, 413);
  EXPECT_EQ(dialled(), 0u);
}

TEST_F(PersistTest, ATryThatTakesTooLongIsFollowedByAnother) {
  retry.per_try = 200ms;
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(190ms);
  EXPECT_EQ(dialled(), 1u);
  loop.advance(20ms);
  ASSERT_EQ(dialled(), 2u);
  EXPECT_TRUE(wire(0).far_saw_end());
  say(ok_answer, 1);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_THAT(std::string(call.x.upstream.tries[0]), HasSubstr(":per_try_timeout"));
}

TEST_F(PersistTest, The504SaysThatEveryTryWasTooSlow) {
  retry.per_try = 200ms;
  retry.attempts = 2;
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(210ms);
  loop.advance(210ms);
  EXPECT_EQ(dialled(), 2u);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_THAT(call.sink.received, HasSubstr(R"("reason":"per_try_timeout")"));
  EXPECT_EQ(records[0].cause, "per_try_timeout");
  EXPECT_TRUE(records[0].flags.has(Flag::urx) && records[0].flags.has(Flag::ut));
}

TEST_F(PersistTest, TheRoutesTimeEndsAllTries) {
  retry.per_try = 200ms;
  persistent().timeout = 300ms;
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(210ms);
  EXPECT_EQ(dialled(), 2u);
  loop.advance(100ms);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_EQ(dialled(), 2u);
  EXPECT_EQ(records[0].cause, "route_timeout");
}

TEST_F(PersistTest, PausesBeforeItTriesAgainButNotPastTheDeadline) {
  retry.backoff = 100s;
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  say(unavailable, 0);
  loop.advance(1s);
  EXPECT_EQ(dialled(), 1u);
  loop.advance(5s);
  EXPECT_EQ(call.sink.status, 503) << "the route's five seconds leave no room for the pause";

  retry.backoff = 1s;
  auto& other = route("again", "/again/**");
  other.action = Forward{{{users(), 1}}};
  other.persistence = std::make_shared<const Persistence>(Persistence{RetryRules(retry), {}});
  publish();
  Call second(*this, "GET", "/again/x");
  second.go();
  auto first = dialled();
  say(unavailable, first - 1);
  loop.advance(1s);
  EXPECT_GT(dialled(), first);
}

TEST_F(PersistTest, NobodyWaitsBeforeAnEndpointThatWasNotReached) {
  retry.backoff = 1s;
  refusals = 1;
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(dialled(), 2u);
}

TEST_F(PersistTest, ABudgetThatIsUsedUpStopsRepetition) {
  persistent();
  int answered = 0;
  for (int i = 0; i < 10; ++i) {
    Call call(*this, "GET", "/users");
    call.go();
    for (int round = 0; round < 10 && !call.done(); ++round)
      for (std::size_t w = 0; w < dialled(); ++w)
        if (!asked(w).empty()) ++answered, say(unavailable, w);
    EXPECT_EQ(call.sink.status, 503);
    EXPECT_TRUE(records.back().flags.has(Flag::urx));
  }
  EXPECT_EQ(answered, 10 + 3) << "three in any case, and a fifth of ten is less";
  EXPECT_TRUE(counts("sluice_upstream_retries_refused_total{upstream=\"users\"}", 9));
}

// Requests that are refused or answered at once, on any of these endpoints; how many were answered well.
struct DeadTest : PersistTest {
  config::Balance policy = config::Balance::random;

  void pool(int endpoints, int dying, bool retries) {
    settings.pool.max_idle = 0;
    for (int i = 1; i <= endpoints; ++i) {
      auto address = "10.1.0." + std::to_string(i) + ":80";
      endpoint(("http://" + address).c_str());
      if (i <= dying) dead.insert(address);
    }
    settings.balance = policy;
    auto& r = to_users();
    if (retries) r.persistence = std::make_shared<const Persistence>(Persistence{RetryRules(retry), hedge});
  }
  int answered(int requests) {
    int well = 0;
    for (int i = 0; i < requests; ++i) {
      Call call(*this, i % 2 ? "GET" : "POST", "/users");
      call.go();
      if (!call.done()) say(ok_answer, dialled() - 1);
      well += call.sink.status == 200;
      if (i % 100 == 99) loop.advance(10ms);
    }
    return well;
  }
};

TEST_F(DeadTest, OneOfFiveCostsNoRequestForLackOfBudget) {
  pool(5, 1, true);
  EXPECT_EQ(answered(1000), 1000);
  EXPECT_TRUE(counts("sluice_upstream_retries_refused_total{upstream=\"users\"}", 0));
}

TEST_F(DeadTest, NorDoFourOfFiveWithoutRetries) {
  pool(5, 4, false);
  EXPECT_EQ(answered(1000), 1000);
}

TEST_F(DeadTest, WhoWalksOnPassesByThoseThatWereJustFoundDead) {
  policy = config::Balance::round_robin;
  retry.attempts = 5;
  pool(5, 4, true);
  EXPECT_EQ(answered(500), 500);
  EXPECT_LE(dialled(), 500u * 2 + 5) << "at most one besides the first, and all five once";
}

TEST_F(DeadTest, AllOfFiveCauseNoStorm) {
  for (bool retries : {false, true}) {
    auto before = dialled();
    if (!retries) pool(5, 5, false);
    if (retries)
      next->routes[0].persistence =
          std::make_shared<const Persistence>(Persistence{RetryRules(retry), hedge});
    publish();
    EXPECT_EQ(answered(500), 0);
    EXPECT_LE(dialled() - before, 500u + 500 / 5 + 3 + 5);
    EXPECT_EQ(records.back().status, 502);
    EXPECT_TRUE(std::ranges::any_of(records, [](auto& r) { return r.flags.has(Flag::urx); }));
    records.clear();
    loop.advance(20s);
  }
}

TEST_F(DeadTest, TheyAreAskedAgainAsSoonAsTheyAreBack) {
  pool(5, 5, true);
  EXPECT_EQ(answered(100), 0);
  dead.erase("10.1.0.3:80");
  auto found = [&] { return answered(1) == 1; };
  for (int i = 0; i < 200 && !found(); ++i) {
  }
  EXPECT_EQ(answered(200), 200) << "everybody walks on to it";
}

TEST_F(DeadTest, ItIsForgottenAfterASecond) {
  policy = config::Balance::round_robin;
  pool(2, 2, true);
  EXPECT_EQ(answered(1), 0);
  EXPECT_EQ(dialled(), 2u);
  loop.advance(1100ms);
  EXPECT_EQ(answered(1), 0);
  EXPECT_EQ(dialled(), 4u) << "for nothing: that is no storm";
  EXPECT_TRUE(counts("sluice_upstream_retries_refused_total{upstream=\"users\"}", 0));
}

TEST_F(PersistTest, AReloadForgetsNoBudget) {
  persistent();
  auto& retries = users()->retries();
  auto holder = users();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(retries.budget.take({0.2, 3}, worker().timers.now()));
  EXPECT_FALSE(users()->retries().budget.take({0.2, 3}, worker().timers.now()));
}

TEST_F(PersistTest, AClientThatLeavesEndsTheTriesToo) {
  retry.backoff = 10s;
  persistent().timeout = 100s;
  Call call(*this, "GET", "/users");
  call.go();
  say(unavailable, 0);
  call.client_gone();
  loop.advance(20s);
  EXPECT_EQ(dialled(), 1u);
}

TEST_F(PersistTest, AnUpgradeIsNeverRepeated) {
  persistent();
  Call call(*this, "GET", "/users");
  call.x.request.upgrade = "websocket";
  call.x.request.body = kit::stalls_after("");
  call.go();
  say(unavailable, 0);
  EXPECT_EQ(dialled(), 1u);
  EXPECT_EQ(call.sink.status, 503);
}

// ---- two at once

struct HedgeTest : PersistTest {
  HedgeTest() {
    hedge = config::Hedge{};
    hedge->after = 50ms;
  }
};

TEST_F(HedgeTest, ASecondEndpointIsAskedWhenTheFirstIsSlowAndTheFirstHeadWins) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(40ms);
  EXPECT_EQ(dialled(), 1u);
  loop.advance(20ms);
  ASSERT_EQ(dialled(), 2u);
  EXPECT_NE(puppet.calls[0].address, puppet.calls[1].address);
  say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Who: second\r\n\r\nsec", 1);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.sink.field("X-Who"), "second");
  EXPECT_TRUE(wire(0).far_saw_end()) << "the loser is given up";
  say("ond", 1);
  EXPECT_EQ(call.sink.received, "second");
  EXPECT_EQ(records[0].endpoint, puppet.calls[1].address);
  EXPECT_EQ(records[0].attempts, 2);
  EXPECT_TRUE(retried("hedge", 1));
}

TEST_F(HedgeTest, TheFirstMayStillWin) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(60ms);
  ASSERT_EQ(dialled(), 2u);
  say(ok_answer, 0);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(records[0].endpoint, puppet.calls[0].address);
  EXPECT_TRUE(wire(1).far_saw_end());
  EXPECT_FALSE(wire(0).far_saw_end());
}

TEST_F(HedgeTest, AFastAnswerIsNotHedged) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  say(ok_answer, 0);
  loop.advance(100ms);
  EXPECT_EQ(dialled(), 1u);
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(HedgeTest, OneThatFailsLeavesTheOther) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(60ms);
  wire(1).reset();
  spin();
  EXPECT_FALSE(call.done());
  say(ok_answer, 0);
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(HedgeTest, WhenAllFailTheNextIsTried) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(60ms);
  wire(0).reset();
  wire(1).reset();
  spin();
  ASSERT_EQ(dialled(), 3u);
  say(ok_answer, 2);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(records[0].attempts, 3);
}

TEST_F(HedgeTest, OnlyWhatIsIdempotentAndHasNoBodyIsHedged) {
  persistent();
  Call post(*this, "POST", "/users");
  post.go();
  Call put(*this, "PUT", "/users");
  put.x.request.length = 5;
  put.x.request.body = std::make_unique<MemoryBody>("hello");
  put.go();
  loop.advance(100ms);
  EXPECT_EQ(dialled(), 2u);
}

TEST_F(HedgeTest, NoMoreAreAskedThanTheRouteSays) {
  hedge->max = 2;
  retry.attempts = 10;
  persistent(5);
  Call call(*this, "GET", "/users");
  call.go();
  for (int i = 0; i < 5; ++i) loop.advance(60ms);
  EXPECT_EQ(dialled(), 3u);
  say(ok_answer, 2);
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(HedgeTest, HedgesComeOutOfTheSameBudget) {
  retry.min = 1;
  persistent();
  for (int i = 0; i < 2; ++i) {
    Call call(*this, "GET", "/users");
    call.go();
    loop.advance(60ms);
    loop.advance(60ms);
    EXPECT_EQ(dialled(), i == 0 ? 2u : 3u);
    call.client_gone();
  }
}

TEST_F(HedgeTest, AClientThatLeavesEndsBoth) {
  persistent();
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(60ms);
  call.client_gone();
  EXPECT_TRUE(wire(0).far_saw_end() && wire(1).far_saw_end());
}

}  // namespace
