// Hooks, observers, bodies and the one end of an exchange.
#include "sluice/exchange.hpp"

#include <gtest/gtest.h>

#include "kit/bodies.hpp"
#include "kit/loop.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct ExchangeTest : ::testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer;
  Exchange x{loop.worker, arena, peer};
  std::string order;
  Scope scope;

  Outcome outcome() { return {200, 0, true, {}, {}}; }
  void hook(std::string name) {
    x.on_response([this, name](Exchange&) -> Eventual<Unit> {
      order += name;
      return Unit{};
    });
  }
};

// Tells when it dies.
struct Mark {
  std::string* to;
  std::string text;
  Mark(std::string& t, std::string s) : to(&t), text(std::move(s)) {}
  Mark(Mark&& o) noexcept : to(std::exchange(o.to, nullptr)), text(std::move(o.text)) {}
  ~Mark() {
    if (to) *to += text;
  }
};

Task<Unit> wait_for(Waiter<Unit>& waiter) {
  auto answer = co_await waiter;
  (void)answer;
  co_return Unit{};
}

Task<Unit> run(Exchange& x, bool& done) {
  auto hooks = x.run_hooks();
  co_await hooks;
  done = true;
  co_return Unit{};
}

Task<Unit> buffer(Exchange& x, std::size_t max, std::string& to) {
  auto buffering = x.buffer_body(max);
  auto bytes = co_await buffering;
  to = bytes ? std::string(bytes->data(), bytes->size()) : bytes.error().cause;
  co_return Unit{};
}

}  // namespace

TEST_F(ExchangeTest, HooksRunLastInFirstOutAndOnce) {
  hook("a");
  hook("b");
  EXPECT_TRUE(x.run_hooks().ready());
  EXPECT_TRUE(x.run_hooks().ready());
  EXPECT_EQ(order, "ba");
}

TEST_F(ExchangeTest, AHookThatWaitsHoldsTheOuterOnesBack) {
  Waiter<Unit> waiter;
  auto resolver = waiter.resolver();
  hook("outer");
  x.on_response([&](Exchange&) -> Eventual<Unit> { return wait_for(waiter); });
  hook("inner,");
  bool done = false;
  scope.spawn(run(x, done));
  loop.spin();
  EXPECT_EQ(order, "inner,");
  EXPECT_FALSE(done);
  resolver(Unit{});
  loop.spin();
  EXPECT_EQ(order, "inner,outer");
  EXPECT_TRUE(done);
}

TEST_F(ExchangeTest, AHookThatThrewIsNotRunAgainAndTheOuterOnesAreLeft) {
  hook("outer");
  x.on_response([&](Exchange&) -> Eventual<Unit> {
    order += "thrown,";
    throw std::runtime_error("hook");
  });
  EXPECT_THROW((void)x.run_hooks(), std::runtime_error);
  EXPECT_NE(x.hook_mark(), nullptr);
  EXPECT_TRUE(x.run_hooks().ready());
  EXPECT_EQ(order, "thrown,outer");
}

TEST_F(ExchangeTest, DroppingHooksDownToAMarkDestroysTheirCaptures) {
  hook("kept");
  auto* mark = x.hook_mark();
  x.on_response([m = Mark(order, "dead,")](Exchange&) -> Eventual<Unit> { return Unit{}; });
  x.drop_hooks(mark);
  EXPECT_EQ(order, "dead,");
  EXPECT_TRUE(x.run_hooks().ready());
  EXPECT_EQ(order, "dead,kept");
}

TEST_F(ExchangeTest, AllObserversRunBeforeAnyOfThemDies) {
  for (auto name : {"a", "b"})
    x.on_end([this, name, m = Mark(order, "-")](const Outcome&) noexcept { order += name; });
  x.end(outcome());
  EXPECT_EQ(order, "ba--");
}

TEST_F(ExchangeTest, TheEndComesOnce) {
  x.on_end([this](const Outcome& o) noexcept { order += std::to_string(o.status); });
  x.end(outcome());
  x.end({500, 0, false, {}, {}});
  EXPECT_EQ(order, "200");
  EXPECT_TRUE(x.ended());
}

TEST_F(ExchangeTest, TheEndCancelsChildrenThenHooksThenBodies) {
  kit::Pipe request, response;
  x.request.body = request.body();
  x.response.body = response.body();
  Waiter<Unit> waiter;
  auto resolver = waiter.resolver();
  x.tasks.spawn(wait_for(waiter));
  x.on_response([m = Mark(order, "hook,")](Exchange&) -> Eventual<Unit> { return Unit{}; });
  loop.spin();
  x.on_end([&](const Outcome&) noexcept {
    order += x.tasks.empty() && request.abandoned && response.abandoned ? "end" : "too early";
  });
  x.end(outcome());
  EXPECT_EQ(order, "hook,end");
}

TEST_F(ExchangeTest, AnExchangeThatDiesWithoutAnEndTellsNobodyButLeaksNothing) {
  bool told = false;
  {
    Exchange short_lived(loop.worker, arena, peer);
    short_lived.on_end([&told, m = Mark(order, "dead")](const Outcome&) noexcept { told = true; });
  }
  EXPECT_FALSE(told);
  EXPECT_EQ(order, "dead");
}

TEST_F(ExchangeTest, ABodyIsBufferedWithinItsLimitAndCanBeReadAgain) {
  kit::Pipe pipe;
  x.request.body = pipe.body();
  x.request.length = unknown_length;
  std::string got;
  scope.spawn(buffer(x, 10, got));
  loop.spin();
  pipe.push("good ");
  loop.spin();
  pipe.push("json", true);
  loop.spin();
  EXPECT_EQ(got, "good json");
  EXPECT_EQ(x.request.length, 9u);
  EXPECT_TRUE(x.request.body->rewind());
}

TEST_F(ExchangeTest, ABodyThatIsHereWholeIsHeldWhereItIs) {
  auto came = std::make_unique<MemoryBody>("here already");
  auto* where = came->bytes().data();
  x.request.body = std::move(came);
  x.request.length = unknown_length;
  auto buffering = x.buffer_body(12);
  ASSERT_TRUE(buffering.ready());
  EXPECT_EQ(buffering.value()->data(), where);
  EXPECT_EQ(x.request.length, 12u);
  for (int time = 0; time < 2; ++time) {
    auto first = x.request.body->read(4), rest = x.request.body->read(100);
    EXPECT_EQ(std::string(first.value()->bytes.data(), 4), "here");
    EXPECT_FALSE(first.value()->end);
    EXPECT_EQ(rest.value()->bytes.size(), 8u);
    EXPECT_TRUE(rest.value()->end);
    EXPECT_TRUE(x.request.body->rewind());
  }
}

TEST_F(ExchangeTest, ABodyOverTheLimitIsRefusedAsSoonAsThatIsKnown) {
  kit::Pipe pipe;
  x.request.body = pipe.body();
  x.request.length = unknown_length;
  std::string got;
  scope.spawn(buffer(x, 10, got));
  pipe.push("far too long for it");
  loop.spin();
  EXPECT_EQ(got, "body_too_large");

  Exchange announced(loop.worker, arena, peer);
  announced.request.body = kit::stalls_after("");
  announced.request.length = 11;
  auto refused = announced.buffer_body(10);
  ASSERT_TRUE(refused.ready());
  EXPECT_EQ(refused.value().error().kind, Error::Kind::too_large);
}

TEST_F(ExchangeTest, TheRouteSaysHowMuchOfABodyMayBeHeld) {
  x.buffer = 4;
  for (std::string text : {"four", "fives"}) {
    x.request.body = kit::ends_after(text);
    x.request.length = unknown_length;
    x.request.expects_continue = true;
    std::string got;
    scope.spawn(buffer(x, 100, got));
    loop.spin();
    EXPECT_EQ(got, text == "four" ? "four" : "body_too_large");
    EXPECT_FALSE(x.request.expects_continue);
  }
  x.request.length = 5;
  EXPECT_EQ(x.buffer_body(100).value().error().kind, Error::Kind::too_large);
}

TEST_F(ExchangeTest, ABodyThatWasTooLongToHoldCanStillBeReadWhole) {
  for (std::size_t max : {3u, 16u, 20u, 32u, 36u}) {
    const std::string text = "sixteen bytes --and sixteen morelast!";
    x.request.body = kit::ends_after(text);
    x.request.length = unknown_length;
    std::string got;
    scope.spawn(buffer(x, max, got));
    loop.spin();
    EXPECT_EQ(got, "body_too_large");
    EXPECT_EQ(x.request.length, unknown_length);
    got.clear();
    for (bool end = false; !end;) {
      auto reading = x.request.body->read(5);
      ASSERT_TRUE(reading.ready());
      ASSERT_TRUE(reading.value());
      auto& chunk = *reading.value();
      got.append(chunk.bytes.data(), chunk.bytes.size());
      end = chunk.end;
    }
    EXPECT_EQ(got, text) << max;
  }
}

TEST_F(ExchangeTest, ABodyThatBreaksOffGivesItsError) {
  x.request.body = kit::fails_after("abc");
  x.request.length = unknown_length;
  std::string got;
  scope.spawn(buffer(x, 10, got));
  loop.spin();
  EXPECT_EQ(got, "villain");
}

TEST_F(ExchangeTest, APinKeepsTheCountOfItsCell) {
  SnapshotPin::Cell cell;
  {
    SnapshotPin pin(cell);
    SnapshotPin other = std::move(pin);
    EXPECT_EQ(cell.uses, 1u);
    x.snapshot = std::move(other);
  }
  EXPECT_EQ(cell.uses, 1u);
  x.snapshot = SnapshotPin();
  EXPECT_EQ(cell.uses, 0u);
}
