// Who is shed, when, and for how long.
#include "proxy/overload.hpp"

#include "net/loop.hpp"
#include "proxy/gateway_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using config::Importance;
using proxy::testing::Call;
using ::testing::HasSubstr;

namespace {

TEST(OverloadState, RisesAtOnceAndFallsOneByOneLater) {
  OverloadState state;
  TimePoint now{1h};
  EXPECT_FALSE(state.observe(0.69, now));
  EXPECT_TRUE(state.observe(0.7, now));
  EXPECT_EQ(state.level(), 1u);
  EXPECT_TRUE(state.observe(1.0, now));
  EXPECT_EQ(state.level(), 3u);
  EXPECT_FALSE(state.observe(0.91, now += 10s)) << "not clearly under it";
  EXPECT_FALSE(state.observe(0.5, now += 499ms)) << "not for long enough";
  EXPECT_TRUE(state.observe(0.5, now += 1ms));
  EXPECT_EQ(state.level(), 2u);
  EXPECT_FALSE(state.observe(0.5, now += 499ms));
  EXPECT_TRUE(state.observe(0.5, now += 1ms));
  EXPECT_TRUE(state.observe(0.5, now += 500ms));
  EXPECT_EQ(state.level(), 0u);
}

struct OverloadTest : proxy::testing::GatewayTest {
  std::shared_ptr<Overload> overload = std::make_shared<Overload>(metrics, 1);

  OverloadTest() {
    next->overload = overload;
    config::Overload bounds;
    bounds.in_flight = 20;
    bounds.loop_lag = {};
    next->overload_bounds = bounds;
    for (auto importance : {Importance::critical, Importance::normal, Importance::low}) {
      std::string name(config::names_of(importance)[static_cast<std::size_t>(importance)]);
      auto& made = route(name, "/" + name);
      made.importance = importance;
      made.action = Forward{};
    }
  }
  void busy(int requests) {
    for (int i = 0; i < requests; ++i) overload->enter();
  }
  std::uint16_t ask(std::string_view path) {
    Call call(*this, "GET", path);
    call.go();
    return call.sink.status;
  }
};

TEST_F(OverloadTest, ShedsLowBeforeNormalAndCriticalNever) {
  EXPECT_EQ(ask("/low"), 200);
  busy(16);  // the one that asks is the seventeenth of twenty
  EXPECT_EQ(ask("/low"), 503);
  EXPECT_EQ(ask("/normal"), 200);
  EXPECT_EQ(ask("/critical"), 200);
  busy(3);
  EXPECT_EQ(ask("/low"), 503);
  EXPECT_EQ(ask("/normal"), 503);
  EXPECT_EQ(ask("/critical"), 200);
  EXPECT_TRUE(counted("sluice_overload_level{worker=\"0\"} 3"));
  EXPECT_TRUE(counted("sluice_shed_total{importance=\"low\"} 2"));
  EXPECT_TRUE(counted("sluice_shed_total{importance=\"normal\"} 1"));
}

TEST_F(OverloadTest, TellsWhyAndWhenToComeBack) {
  busy(20);
  Call call(*this, "GET", "/normal");
  call.go();
  EXPECT_EQ(call.sink.field("Retry-After"), "1");
  EXPECT_TRUE(records[0].flags.has(Flag::om));
  EXPECT_EQ(records[0].cause, "overloaded");
  EXPECT_EQ(forwarding.calls, 0);
}

TEST_F(OverloadTest, WhatEndsIsInFlightNoMore) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ask("/normal"), 200);
  EXPECT_TRUE(counted("sluice_overload_level{worker=\"0\"} 0"));
}

TEST_F(OverloadTest, ARouteMayAnswerSomethingElse) {
  Respond instead;
  instead.status = 200;
  instead.body = "later";
  next->routes[2].shed_answer = instead;
  busy(20);
  EXPECT_EQ(ask("/low"), 200);
  EXPECT_EQ(forwarding.calls, 0);
  EXPECT_TRUE(counted("sluice_degraded_total{step=\"respond\"} 1"));
}

TEST_F(OverloadTest, SkipsWhatIsOptionalFirst) {
  next->routes[1].chain = kit::Chain().add([](Exchange& x) { return x.refuse(429, "limited"); }).build();
  next->routes[1].reduced_chain.emplace();
  EXPECT_EQ(ask("/normal"), 429);
  busy(14);
  EXPECT_EQ(ask("/normal"), 200);
  EXPECT_TRUE(counted("sluice_degraded_total{step=\"skip_optional\"} 1"));
}

TEST_F(OverloadTest, ARouteMayGiveWhatItsCacheHasBeforeItIsShed) {
  using Thrift = Exchange::Thrift;
  Thrift seen = Thrift::none;
  bool stored = true;
  next->routes[1].serves_stale = true;
  next->routes[1].chain = kit::Chain()
                              .add([&](Exchange& x) -> Eventual<Verdict> {
                                seen = x.thrift;
                                if (!stored) return Verdict::proceed;
                                return x.refuse(203, "stored");
                              })
                              .build();
  EXPECT_EQ(ask("/normal"), 203);
  EXPECT_EQ(seen, Thrift::none);
  busy(14);
  EXPECT_EQ(ask("/normal"), 203);
  EXPECT_EQ(seen, Thrift::stored_first);
  busy(6);
  EXPECT_EQ(ask("/normal"), 203);
  EXPECT_EQ(seen, Thrift::stored_only);
  EXPECT_TRUE(counted("sluice_shed_total{importance=\"normal\"} 0"));
  stored = false;
  EXPECT_EQ(ask("/normal"), 503);
  EXPECT_EQ(forwarding.calls, 0);
  EXPECT_TRUE(counted("sluice_shed_total{importance=\"normal\"} 1"));
}

TEST_F(OverloadTest, ALoopThatIsLateAgainAndAgainIsOverload) {
  config::Overload bounds;
  overload->lagged(0, 250ms);
  overload->observe(0, bounds, loop.worker.timers.now());
  EXPECT_EQ(overload->level(0), 0u) << "one pause is none";
  for (int i = 0; i < 3; ++i) overload->lagged(0, 250ms);
  overload->observe(0, bounds, loop.worker.timers.now());
  EXPECT_EQ(overload->level(0), 3u);
}

TEST(LagProbe, MeasuresHowLateTheLoopIs) {
  net::TestLoop loop;
  telemetry::Metrics metrics(1);
  auto overload = std::make_shared<Overload>(metrics, 1);
  LagProbe probe(loop.reactor.worker());
  OrOff<config::Overload> bounds = config::Overload{};
  probe.watch(overload, bounds);
  for (int i = 0; i < 20; ++i) loop.advance(20ms);
  EXPECT_EQ(overload->level(0), 0u) << "in time";
  for (int i = 0; i < 4; ++i) loop.advance(300ms);
  EXPECT_EQ(overload->level(0), 3u);
  EXPECT_TRUE(overload->sheds(0, Importance::normal));
  for (int i = 0; i < 200; ++i) loop.advance(20ms);
  EXPECT_EQ(overload->level(0), 0u) << "in time again";
  for (int i = 0; i < 4; ++i) loop.advance(300ms);
  probe.watch(overload, {});
  EXPECT_EQ(overload->level(0), 0u) << "nobody looks any longer";
}

}  // namespace
