// A detached exchange behind a real gateway: its client dies, the configuration changes, time passes.
#include "pipeline/detached.hpp"

#include "proxy/gateway_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using pipeline::Detached;
using proxy::testing::Call;
using proxy::testing::GatewayTest;
using proxy::testing::LambdaForwarding;

namespace {

// What a refresh came to.
struct Came {
  std::uint16_t status = 0;
  std::string body;
  std::string reason;
};

Task<Unit> refresh(std::unique_ptr<Detached> copy, Came& came) {
  auto& y = copy->exchange();
  auto running = y.onward->run(y);
  co_await running;
  came.status = y.response.status;
  came.reason = y.response.reason;
  for (bool end = !y.response.body; !end;) {
    auto reading = y.response.body->read(1024);
    auto chunk = co_await reading;
    if (!chunk) co_return Unit{};
    came.body.append(chunk->bytes.data(), chunk->bytes.size());
    end = chunk->end;
  }
  copy->end();
  co_return Unit{};
}

// Answers "stale" itself, and asks again in the background.
struct DetachedGatewayTest : GatewayTest {
  Came came;
  kit::Pipe answer;
  int began = 0;

  pipeline::FilterChain stale_first() {
    auto serve_stale = [this](Exchange& x) -> Eventual<Verdict> {
      x.worker.background.spawn(refresh(std::make_unique<Detached>(x), came));
      return x.refuse(203, "stale");
    };
    return kit::Chain().add(serve_stale, Phase::cache).build();
  }
  void SetUp() override {
    forwarding.f = [this](Exchange& x, ResponseSink*) {
      ++began;
      return LambdaForwarding::answer(x, 200, answer.body());
    };
  }
};

}  // namespace

TEST_F(DetachedGatewayTest, ItAsksBehindTheFilterThatMadeIt) {
  route("users", "/users/**", stale_first());
  Call call(*this, "GET", "/users/7");
  call.go();
  EXPECT_EQ(call.sink.status, 203);
  answer.push("fresh", true);
  spin();
  EXPECT_EQ(began, 1);
  EXPECT_EQ(came.status, 200);
  EXPECT_EQ(came.body, "fresh");
  EXPECT_EQ(records.size(), 1u);
}

TEST_F(DetachedGatewayTest, ItOutlivesItsClient) {
  route("users", "/users/**", stale_first());
  auto call = std::make_unique<Call>(*this, "GET", "/users/7");
  call->go();
  call.reset();
  answer.push("fre");
  spin();
  answer.push("sh", true);
  spin();
  EXPECT_EQ(came.body, "fresh");
  EXPECT_TRUE(loop.background.empty());
}

TEST_F(DetachedGatewayTest, ItsSnapshotStaysAsLongAsItRuns) {
  route("users", "/users/**", stale_first());
  auto call = std::make_unique<Call>(*this, "GET", "/users/7");
  call->go();
  call.reset();
  std::weak_ptr<const Snapshot> old = next;
  next = fresh();
  gateway.publish(next);
  EXPECT_FALSE(old.expired());
  answer.push("fresh", true);
  spin();
  EXPECT_EQ(came.body, "fresh");
  gateway.drop_unused_snapshots();
  EXPECT_TRUE(old.expired());
}

TEST_F(DetachedGatewayTest, ItWaitsAsLongAsItsRouteSays) {
  std::vector<Resolver<Unit>> asked;
  forwarding.f = [&asked](Exchange&, ResponseSink*) -> Task<Result<Unit>> {
    Waiter<Unit> waiter;
    asked.push_back(waiter.resolver());
    co_return co_await waiter;
  };
  route("users", "/users/**", stale_first()).timeout = 2s;
  Call call(*this, "GET", "/users/7");
  call.go();
  loop.advance(1900ms);
  EXPECT_EQ(came.status, 0);
  loop.advance(200ms);
  EXPECT_EQ(came.status, 504);
  EXPECT_EQ(came.reason, "route_timeout");
}

TEST_F(DetachedGatewayTest, ItWaitsNoLongerThanAMinuteWhereTheRouteSaysNothing) {
  std::vector<Resolver<Unit>> asked;
  forwarding.f = [&asked](Exchange&, ResponseSink*) -> Task<Result<Unit>> {
    Waiter<Unit> waiter;
    asked.push_back(waiter.resolver());
    co_return co_await waiter;
  };
  route("users", "/users/**", stale_first()).timeout = std::nullopt;
  Call call(*this, "GET", "/users/7");
  call.go();
  loop.advance(61s);
  EXPECT_EQ(came.status, 504);
}

TEST_F(DetachedGatewayTest, WhatTimeTheClientHadLeftIsNothingToIt) {
  route("users", "/users/**", stale_first()).deadline_field = FieldName("X-Request-Timeout");
  Call call(*this, "GET", "/users/7");
  call.from("10.1.1.1");
  call.x.request.fields.add("X-Request-Timeout", "50");
  std::vector<Resolver<Unit>> asked;
  Duration left{};
  forwarding.f = [&](Exchange& x, ResponseSink*) -> Task<Result<Unit>> {
    left = x.deadline - x.worker.timers.now();
    auto answering = LambdaForwarding::answer(x, 200, "fresh");
    co_return co_await answering;
  };
  call.go();
  EXPECT_EQ(left, 5s);
  EXPECT_EQ(came.body, "fresh");
}

TEST_F(DetachedGatewayTest, ADrainCutsItOff) {
  route("users", "/users/**", stale_first());
  Call call(*this, "GET", "/users/7");
  call.go();
  loop.background.cancel();
  EXPECT_TRUE(answer.abandoned);
  EXPECT_EQ(came.body, "");
}
