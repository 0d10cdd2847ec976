// The life of a request, and the ways in which it goes wrong.
#include "proxy/serve.hpp"

#include <sstream>

#include "proxy/gateway_fixture.hpp"
#include "telemetry/log.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using proxy::testing::Call;
using proxy::testing::GatewayTest;
using proxy::testing::LambdaForwarding;
using ::testing::HasSubstr;

namespace {

struct ServeTest : GatewayTest {
  std::ostringstream log_text;
  telemetry::log::Redirect redirect{log_text};
  std::vector<Resolver<Unit>> asked;  // waits that the test answers

  static Task<Unit> wait(std::vector<Resolver<Unit>>& asked) {
    Waiter<Unit> waiter;
    asked.push_back(waiter.resolver());
    auto answered = co_await waiter;
    (void)answered;
    co_return Unit{};
  }
  Eventual<Unit> wait() { return wait(asked); }
};

Eventual<Verdict> faulty(Exchange&) {
  throw std::runtime_error("boom");
}

Task<Result<Unit>> settle_forever(std::vector<Resolver<Unit>>& asked) {
  Waiter<Unit> waiter;
  asked.push_back(waiter.resolver());
  co_return co_await waiter;
}

}  // namespace

TEST_F(ServeTest, APlainGetPassesSixReadyFilters) {
  kit::Chain chain;
  for (int i = 0; i < 6; ++i) chain.add(kit::pass);
  route("users", "/users/**", chain.build());
  Call call(*this, "GET", "/users/7");
  call.go();
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.sink.received, "upstream");
  EXPECT_TRUE(call.sink.complete);
  EXPECT_EQ(call.ends, 1);
  EXPECT_TRUE(call.outcome.complete);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].route, "users");
  EXPECT_EQ(records[0].sent, 8u);
  EXPECT_EQ(records[0].source, telemetry::Source::upstream);
  EXPECT_FALSE(records[0].flags.any());
}

TEST_F(ServeTest, EveryAnswerCarriesTheRequestId) {
  route("users", "/users/**");
  Call served(*this, "GET", "/users"), lost(*this, "GET", "/nowhere");
  served.go();
  lost.go();
  EXPECT_EQ(served.sink.field("X-Request-ID"), records[0].request_id);
  EXPECT_EQ(lost.sink.field("X-Request-ID"), records[1].request_id);
  EXPECT_EQ(records[0].request_id.size(), 36u);
  EXPECT_NE(records[0].request_id, records[1].request_id);
}

TEST_F(ServeTest, WithoutARouteEdgeFiltersRunAndThenItIs404) {
  int seen = 0;
  next->edge = kit::Chain()
                   .add([&](Exchange& x) {
                     ++seen;
                     x.on_response([](Exchange& y) -> Eventual<Unit> {
                       y.response.fields.add("X-Edge", "1");
                       return Unit{};
                     });
                     return Verdict::proceed;
                   })
                   .build();
  Call call(*this, "GET", "/nowhere");
  call.go();
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(call.sink.status, 404);
  EXPECT_EQ(call.sink.field("X-Edge"), "1");
  EXPECT_EQ(call.sink.field("Content-Type"), "application/problem+json");
  EXPECT_THAT(call.sink.received, HasSubstr("\"instance\":\"urn:uuid:" + records[0].request_id));
  EXPECT_THAT(call.sink.received, HasSubstr("\"title\":\"Not Found\""));
  EXPECT_EQ(records[0].cause, "no_route");
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::nr});
  EXPECT_EQ(records[0].route, "");
}

TEST_F(ServeTest, AWrongMethodIs405WithAllow) {
  route("users", "/users");
  spec().match.methods = {"GET", "PUT"};
  Call call(*this, "POST", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 405);
  EXPECT_EQ(call.sink.field("Allow"), "GET, HEAD, PUT");
}

TEST_F(ServeTest, HeadGetsTheLengthButNoBody) {
  Call call(*this, "HEAD", "/nowhere");
  call.go();
  EXPECT_EQ(call.sink.status, 404);
  EXPECT_GT(call.sink.length, 0u);
  EXPECT_EQ(call.sink.received, "");
  EXPECT_TRUE(call.sink.complete);
}

TEST_F(ServeTest, TraceIs405EvenWhereARouteWouldMatch) {
  route("all", "/**");
  Call call(*this, "TRACE", "/x");
  call.go();
  EXPECT_EQ(call.sink.status, 405);
  EXPECT_THAT(call.sink.field("Allow"), HasSubstr("GET"));
  EXPECT_THAT(call.sink.received, HasSubstr("405"));
  EXPECT_EQ(forwarding.calls, 0);
}

TEST_F(ServeTest, OptionsAsteriskIsAnsweredByTheGateway) {
  Call call(*this, "OPTIONS", "*");
  call.go();
  EXPECT_EQ(call.sink.status, 204);
  EXPECT_EQ(call.sink.field("Allow"), "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
  EXPECT_TRUE(call.sink.complete);
}

TEST_F(ServeTest, ARequestThatComesBackIs508) {
  route("all", "/**");
  Call call(*this, "GET", "/x");
  call.x.request.fields.add("Via", "1.1 edge.example, 1.1 sluice (loop)");
  call.go();
  EXPECT_EQ(call.sink.status, 508);
  EXPECT_EQ(records[0].cause, "loop");
  EXPECT_EQ(forwarding.calls, 0);
}

TEST_F(ServeTest, AnotherOnesViaIsNoLoop) {
  route("all", "/**");
  Call call(*this, "GET", "/x");
  call.x.request.fields.add("Via", "1.1 sluice-lock, HTTP/2 other");
  call.go();
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(ServeTest, APlainListenerSendsToHttps) {
  route("all", "/**");
  next->listeners[0].redirect_https = 8443;
  Call call(*this, "GET", "/a/b");
  call.x.request.query = "c=d";
  call.x.request.has_query = true;
  call.go();
  EXPECT_EQ(call.sink.status, 308);
  EXPECT_EQ(call.sink.field("Location"), "https://example.com:8443/a/b?c=d");

  Call nameless(*this, "GET", "/");
  nameless.x.request.host = nameless.x.request.authority = "";
  nameless.go();
  EXPECT_EQ(nameless.sink.status, 400);
}

TEST_F(ServeTest, TheEdgeStandsBeforeEveryAnswerWithoutARoute) {
  route("all", "/all/**");
  spec().match.methods = {"GET"};
  int judged = 0;
  bool denies = true;
  next->edge = kit::Chain()
                   .add(
                       [&](Exchange& x) {
                         ++judged;
                         return denies ? x.refuse(403, "ip_denied") : Verdict::proceed;
                       },
                       Phase::edge)
                   .build();
  struct Case {
    const char *method, *path, *via;
    std::optional<std::uint16_t> https;
    int status;
  };
  for (auto& c : {Case{"GET", "/nowhere", "", {}, 404}, Case{"PUT", "/all/x", "", {}, 405},
                  Case{"TRACE", "/all/x", "", {}, 405}, Case{"OPTIONS", "*", "", {}, 204},
                  Case{"GET", "/all/x", "1.1 sluice", {}, 508}, Case{"GET", "/all/x", "", 443, 308}}) {
    next->listeners[0].redirect_https = c.https;
    publish();
    for (bool deny : {true, false}) {
      denies = deny;
      Call call(*this, c.method, c.path);
      if (*c.via) call.x.request.fields.add("Via", c.via);
      call.go();
      EXPECT_EQ(call.sink.status, deny ? 403 : c.status) << c.method << ' ' << c.path;
    }
  }
  EXPECT_EQ(judged, 12);
  EXPECT_EQ(forwarding.calls, 0);
}

TEST_F(ServeTest, AShadowedRefusalStandsInTheRecord) {
  auto off = std::make_shared<std::atomic<Mode>>(Mode::shadow);
  route("all", "/**",
        kit::Chain().add_cell([](Exchange& x) { return x.refuse(403, "no"); }, off, Phase::limit).build());
  Call call(*this, "GET", "/");
  call.go();
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_THAT(records[0].shadow, ::testing::ElementsAre("f0:no"));
  EXPECT_EQ(records[0].cause, "");
}

TEST_F(ServeTest, RespondAndRedirectNeedNoUpstream) {
  route("ping", "/ping").action = Respond{200, {{"X-A", "b"}}, "pong"};
  route("old", "/old/{rest...}").action =
      Redirect{std::get<config::Template>(config::Template::parse("/new/{rest}")), 307};
  Call ping(*this, "GET", "/ping"), old(*this, "GET", "/old/a/b");
  ping.go();
  old.go();
  EXPECT_EQ(ping.sink.status, 200);
  EXPECT_EQ(ping.sink.received, "pong");
  EXPECT_EQ(ping.sink.length, 4u);
  EXPECT_EQ(ping.sink.field("X-A"), "b");
  EXPECT_EQ(ping.sink.field("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(old.sink.status, 307);
  EXPECT_EQ(old.sink.field("Location"), "/new/a/b");
  EXPECT_EQ(records[0].source, telemetry::Source::gateway);
}

TEST_F(ServeTest, ABodyWithAnAnnouncedLengthOverTheLimitIs413AtOnce) {
  route("users", "/users").max_body = Size{10};
  Call call(*this, "POST", "/users");
  call.x.request.length = 11;
  call.x.request.body = kit::stalls_after("");
  call.go();
  EXPECT_EQ(call.sink.status, 413);
  EXPECT_EQ(records[0].cause, "body_too_large");
  EXPECT_EQ(forwarding.calls, 0);
}

TEST_F(ServeTest, AMalformedRequestIsAnsweredWithoutRouteAndStillRecorded) {
  Call call(*this, "GET", "/x");
  publish();
  call.scope.spawn(gateway.refuse(call.x, call.sink, 400, "bare_lf"));
  loop.spin();
  EXPECT_EQ(call.sink.status, 400);
  EXPECT_THAT(call.sink.received, HasSubstr("Bad Request"));
  EXPECT_EQ(call.ends, 1);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].cause, "bare_lf");
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::dpe});
}

// ---- failures of the upstream

TEST_F(ServeTest, AFailedUpstreamBecomesAProblemWithCauseAndFlags) {
  route("users", "/users");
  struct {
    Error error;
    std::uint16_t status;
    ResponseFlags flags;
  } cases[] = {
      {{Error::Kind::refused, Error::Side::upstream, "connect_refused", Error::Retry::always},
       502,
       {Flag::uf}},
      {{Error::Kind::reset, Error::Side::upstream, "upstream_reset"}, 502, {Flag::uc}},
      {{Error::Kind::malformed, Error::Side::upstream, "bad_status_line"}, 502, {Flag::upe}},
      {{Error::Kind::unavailable, Error::Side::upstream, "no_healthy_endpoint"}, 503, {Flag::uh}},
      {{Error::Kind::timeout, Error::Side::upstream, "connect_timeout", Error::Retry::always},
       504,
       {Flag::uf, Flag::ut}},
      {{Error::Kind::malformed, Error::Side::downstream, "chunk_size"}, 400, {Flag::dpe}},
      {{Error::Kind::timeout, Error::Side::downstream, "body_timeout"}, 408, {}},
      {{Error::Kind::too_large, Error::Side::downstream, "body_too_large"}, 413, {}},
  };
  for (auto& c : cases) {
    forwarding.f = [&](Exchange&, ResponseSink*) { return LambdaForwarding::fail(c.error); };
    Call call(*this, "GET", "/users");
    call.go();
    EXPECT_EQ(call.sink.status, c.status) << c.error.cause;
    EXPECT_EQ(records.back().cause, c.error.cause);
    EXPECT_EQ(records.back().flags, c.flags) << c.error.cause;
    EXPECT_EQ(call.sink.field("Retry-After"), c.status == 503 ? "1" : "") << c.error.cause;
    EXPECT_TRUE(call.outcome.complete);
  }
}

TEST_F(ServeTest, TheRoutesDeadlineIs504AndDestroysWhatWaited) {
  route("users", "/users").timeout = 100ms;
  forwarding.f = [&](Exchange&, ResponseSink*) { return settle_forever(asked); };
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(90ms);
  EXPECT_EQ(call.sink.status, 0);
  EXPECT_TRUE(asked[0].wanted());
  loop.advance(20ms);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_FALSE(asked[0].wanted());
  EXPECT_EQ(records[0].cause, "route_timeout");
  EXPECT_EQ(records[0].flags, (ResponseFlags{Flag::dt, Flag::ut}));
}

TEST_F(ServeTest, FiltersThatTakeTooLongAreNotTheUpstreamsFault) {
  route(
      "users", "/users",
      kit::Chain().add([&](Exchange&) { return wait().then([](Unit) { return Verdict::proceed; }); }).build())
      .timeout = 100ms;
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(110ms);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_EQ(records[0].cause, "filters_timeout");
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::dt});
}

TEST_F(ServeTest, EachPieceOfTheBodyPushesTheDeadlineButNotPastTheTotal) {
  auto& r = route("users", "/users");
  r.timeout = 100ms;
  r.timeouts.total = 200ms;
  forwarding.f = [&](Exchange&, ResponseSink*) { return settle_forever(asked); };
  Call call(*this, "POST", "/users");
  call.go();
  for (int i = 0; i < 3; ++i) {
    loop.advance(60ms);
    EXPECT_EQ(call.sink.status, 0) << i;
    call.x.body_received(10);
  }
  loop.advance(40ms);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_EQ(records[0].received, 30u);
}

// ---- the client

TEST_F(ServeTest, AClientThatLeavesWhileAFilterWaitsIs499) {
  route("users", "/users",
        kit::Chain()
            .add([&](Exchange&) { return wait().then([](Unit) { return Verdict::proceed; }); })
            .build());
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_TRUE(asked[0].wanted());
  call.client_gone();
  EXPECT_FALSE(asked[0].wanted());
  EXPECT_EQ(call.ends, 1);
  EXPECT_EQ(call.outcome.status, 499);
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::dc});
  EXPECT_EQ(records[0].cause, "client_gone");
  asked[0](Unit{});
  loop.spin();
  EXPECT_EQ(forwarding.calls, 0) << "a late answer finds nobody";
}

TEST_F(ServeTest, AClientThatLeavesMidBodyStopsThePullAndKeepsItsStatus) {
  kit::Pipe pipe;
  route("users", "/users");
  forwarding.f = [&](Exchange& x, ResponseSink*) { return LambdaForwarding::answer(x, 200, pipe.body()); };
  Call call(*this, "GET", "/users");
  call.sink.slow = true;
  pipe.push("abc");
  call.go();
  pipe.push("defgh");
  loop.spin();
  EXPECT_EQ(pipe.pulled, 3u) << "what is not sent is not pulled";
  call.client_gone();
  EXPECT_TRUE(pipe.abandoned);
  EXPECT_EQ(call.ends, 1);
  EXPECT_EQ(call.outcome.status, 200);
  EXPECT_FALSE(call.outcome.complete);
}

TEST_F(ServeTest, AWriteThatFailsEndsTheExchangeByItself) {
  kit::Pipe pipe;
  route("users", "/users");
  forwarding.f = [&](Exchange& x, ResponseSink*) { return LambdaForwarding::answer(x, 200, pipe.body()); };
  Call call(*this, "GET", "/users");
  call.sink.broken = true;
  call.go();
  EXPECT_TRUE(call.done());
  EXPECT_TRUE(call.sink.aborted);
  EXPECT_TRUE(pipe.abandoned);
  EXPECT_FALSE(call.outcome.complete);
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::dc});
}

TEST_F(ServeTest, AnExchangeThatIsAbandonedBeforeItBeganIsRecordedToo) {
  Call call(*this, "GET", "/x");
  publish();
  call.client_gone();
  EXPECT_EQ(records.size(), 1u);
}

// ---- faults

TEST_F(ServeTest, AFaultInAFilterRefusesUnlessTheFileSaysPass) {
  route("refuse", "/refuse", kit::Chain().add(faulty).build());
  route("pass", "/pass", kit::Chain().add(faulty, Phase::limit, OnError::pass).build());
  Call refused(*this, "GET", "/refuse"), passed(*this, "GET", "/pass");
  refused.go();
  passed.go();
  EXPECT_EQ(refused.sink.status, 500);
  EXPECT_EQ(passed.sink.status, 200);
}

TEST_F(ServeTest, AFaultInAHookIs500AndTheOuterHooksStillRun) {
  std::uint16_t outer = 0;
  route("users", "/users",
        kit::Chain()
            .add([&](Exchange& x) {
              x.on_response([&](Exchange& y) -> Eventual<Unit> {
                outer = y.response.status;
                return Unit{};
              });
              x.on_response([](Exchange&) -> Eventual<Unit> { throw std::runtime_error("in a hook"); });
              return Verdict::proceed;
            })
            .build());
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 500);
  EXPECT_EQ(outer, 500);
  EXPECT_EQ(call.ends, 1);
  EXPECT_THAT(call.sink.received, HasSubstr("500"));
  EXPECT_THAT(log_text.str(), HasSubstr("in a hook"));
  EXPECT_THAT(log_text.str(), HasSubstr(records[0].request_id));
  EXPECT_TRUE(counted("sluice_faults_total 1"));
}

TEST_F(ServeTest, AFaultInTheForwarderIs500) {
  route("users", "/users");
  forwarding.f = [](Exchange&, ResponseSink*) -> Task<Result<Unit>> {
    throw std::runtime_error("forwarder");
  };
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 500);
  EXPECT_EQ(records[0].cause, "fault");
}

TEST_F(ServeTest, AFaultAfterTheHeadCutsTheAnswerOff) {
  route("users", "/users");
  forwarding.f = [](Exchange& x, ResponseSink*) {
    return LambdaForwarding::answer(x, 200, kit::throws_after("part"));
  };
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.sink.heads, 1) << "never a second answer";
  EXPECT_TRUE(call.sink.aborted);
  EXPECT_EQ(call.ends, 1);
  EXPECT_FALSE(call.outcome.complete);
}

TEST_F(ServeTest, AnUpstreamThatBreaksMidBodyCutsTheAnswerOff) {
  route("users", "/users");
  forwarding.f = [](Exchange& x, ResponseSink*) {
    return LambdaForwarding::answer(x, 200, kit::fails_after("part"));
  };
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_TRUE(call.sink.aborted);
  EXPECT_EQ(call.outcome.sent, 4u);
  EXPECT_EQ(records[0].status, 200);
  EXPECT_EQ(records[0].cause, "villain");
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::uc});
}

TEST_F(ServeTest, AnAnswerThatLiesAboutItsLengthIsCutOffBeforeItCanHarmTheNextOne) {
  route("users", "/users");
  for (auto announced : {3u, 5u}) {
    forwarding.f = [&](Exchange& x, ResponseSink*) {
      auto answering = LambdaForwarding::answer(x, 200, kit::ends_after("four"));
      answering.start();
      x.response.length = announced;
      return answering;
    };
    Call call(*this, "GET", "/users");
    call.go();
    EXPECT_TRUE(call.sink.aborted) << announced;
    EXPECT_EQ(call.sink.received, "") << announced;
    EXPECT_EQ(records.back().cause, "body_length");
  }
}

// ---- hooks

TEST_F(ServeTest, HooksRunOnLocalRepliesLastInFirstOutAndMayWait) {
  std::string order;
  auto chain = [&] {
    return kit::Chain()
        .add([&](Exchange& x) {
          x.on_response([&](Exchange&) -> Eventual<Unit> {
            order += "outer";
            return Unit{};
          });
          return Verdict::proceed;
        })
        .add([&](Exchange& x) {
          x.on_response([&](Exchange&) -> Eventual<Unit> {
            return wait().then([&](Unit) {
              order += "waited,";
              return Unit{};
            });
          });
          return Verdict::proceed;
        })
        .add([](Exchange& x) { return x.refuse(403, "no"); })
        .build();
  };
  route("users", "/users", chain());
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 0);
  asked[0](Unit{});
  loop.spin();
  EXPECT_EQ(call.sink.status, 403);
  EXPECT_EQ(order, "waited,outer");
  EXPECT_EQ(records[0].cause, "no");

  Call gone(*this, "GET", "/users");
  gone.go();
  gone.client_gone();
  EXPECT_FALSE(asked[1].wanted());
  EXPECT_EQ(gone.ends, 1);
}

TEST_F(ServeTest, ALateHookIsSkippedAndCountedTheOuterOneRuns) {
  bool outer = false;
  route("users", "/users",
        kit::Chain()
            .add([&](Exchange& x) {
              x.on_response([&](Exchange&) -> Eventual<Unit> {
                outer = true;
                return Unit{};
              });
              x.on_response([&](Exchange&) { return wait(); });
              return Verdict::proceed;
            })
            .build());
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(hook_grace - 10ms);
  EXPECT_EQ(call.sink.status, 0);
  loop.advance(20ms);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_TRUE(outer);
  EXPECT_FALSE(asked[0].wanted());
  EXPECT_TRUE(counted("sluice_hooks_late_total 1"));
}

TEST_F(ServeTest, AHookMayReplaceTheAnswer) {
  route("users", "/users",
        kit::Chain()
            .add([&](Exchange& x) {
              x.on_response([](Exchange& y) -> Eventual<Unit> {
                if (y.response.status < 500) return Unit{};
                y.response.reset();
                y.response.status = 200;
                y.response.length = 5;
                y.response.body = std::make_unique<MemoryBody>("stale");
                return Unit{};
              });
              return Verdict::proceed;
            })
            .build());
  forwarding.f = [](Exchange&, ResponseSink*) {
    return LambdaForwarding::fail(Error(Error::Kind::refused, Error::Side::upstream, "connect_refused"));
  };
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.sink.received, "stale");
}

// ---- snapshots

TEST_F(ServeTest, ARunningExchangeKeepsItsSnapshotAndTheNextOneGetsTheNew) {
  route("users", "/users").action = Respond{200, {}, "old"};
  std::weak_ptr<const Snapshot> old = next;
  publish();
  {
    Call call(*this, "GET", "/users");
    call.sink.slow = true;
    call.go();
    next = fresh();
    gateway.publish(next);
    EXPECT_FALSE(old.expired());
    EXPECT_EQ(gateway.drop_unused_snapshots(), 2u);
    call.sink.unblock();
    loop.spin();
    EXPECT_EQ(call.sink.received, "old");
  }
  EXPECT_EQ(gateway.drop_unused_snapshots(), 1u);
  EXPECT_TRUE(old.expired());
  Call after(*this, "GET", "/users");
  after.go();
  EXPECT_EQ(after.sink.status, 404);
}
