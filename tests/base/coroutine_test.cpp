// The coroutine types by their contracts: who runs when, and what dies with whom.
#include <gtest/gtest.h>

#include <thread>

#include "base/desk.hpp"
#include "base/frame_pool.hpp"
#include "base/mailbox.hpp"
#include "base/timer_wheel.hpp"
#include "sluice/eventual.hpp"
#include "sluice/scope.hpp"
#include "sluice/waiter.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct Coroutines : testing::Test {
  base::FramePool frames;
  base::FramePool::Here frames_here{frames};
  RunQueue queue;
  RunQueue::Here here{queue};
};

struct Flag {
  bool* dead;
  explicit Flag(bool& d) : dead(&d) {}
  Flag(Flag&& o) noexcept : dead(std::exchange(o.dead, nullptr)) {}
  ~Flag() {
    if (dead) *dead = true;
  }
};

Task<Result<int>> ask(std::vector<Resolver<int>>& asked) {
  Waiter<int> waiter;
  asked.push_back(waiter.resolver());
  co_return co_await waiter;
}

Task<Unit> store(std::vector<Resolver<int>>& asked, int& to, Flag) {
  auto asking = ask(asked);
  auto answer = co_await asking;
  to = answer ? *answer : -1;
  co_return Unit{};
}

}  // namespace

TEST_F(Coroutines, AReadyEventualNeedsNoQueue) {
  auto doubled = Eventual<int>(21).then([](int n) { return n * 2; });
  ASSERT_TRUE(doubled.ready());
  EXPECT_EQ(doubled.value(), 42);
}

TEST_F(Coroutines, ThenFlattensTaskAndEventual) {
  auto one = Eventual<int>(1).then([](int n) -> Eventual<int> { return n + 1; });
  auto two = std::move(one).then([](int n) -> Task<int> { co_return n + 1; });
  ASSERT_FALSE(two.ready());
  two.task().start();
  EXPECT_EQ(two.task().take(), 3);
}

TEST_F(Coroutines, AnAnswerIsTakenUpByTheQueueNotByTheCallback) {
  std::vector<Resolver<int>> asked;
  int got = 0;
  bool dead = false;
  Scope scope;
  scope.spawn(store(asked, got, Flag(dead)));
  queue.run();
  asked[0](7);
  EXPECT_EQ(got, 0);
  queue.run();
  EXPECT_EQ(got, 7);
  EXPECT_TRUE(dead);
  EXPECT_TRUE(scope.empty());
}

TEST_F(Coroutines, DestroyingAScopeUnwindsItsChildrenAndTheLateAnswerIsIgnored) {
  std::vector<Resolver<int>> asked;
  int got = 0;
  bool dead = false;
  {
    Scope scope;
    scope.spawn(store(asked, got, Flag(dead)));
    queue.run();
    EXPECT_TRUE(asked[0].wanted());
  }
  EXPECT_TRUE(dead);
  EXPECT_FALSE(asked[0].wanted());
  asked[0](7);
  queue.run();
  EXPECT_EQ(got, 0);
}

TEST_F(Coroutines, CancellingAfterTheAnswerButBeforeTheQueueRanIsSafe) {
  std::vector<Resolver<int>> asked;
  int got = 0;
  bool dead = false;
  Scope scope;
  scope.spawn(store(asked, got, Flag(dead)));
  queue.run();
  asked[0](7);
  scope.cancel();
  EXPECT_EQ(queue.run(), 0u);
  EXPECT_EQ(got, 0);
}

TEST_F(Coroutines, AResolverThatDiesAnswersAbandoned) {
  std::vector<Resolver<int>> asked;
  int got = 0;
  bool dead = false;
  Scope scope;
  scope.spawn(store(asked, got, Flag(dead)));
  queue.run();
  asked.clear();
  queue.run();
  EXPECT_EQ(got, -1);
}

TEST_F(Coroutines, AFaultStaysWithTheScope) {
  Scope scope;
  scope.spawn([]() -> Task<Unit> {
    throw std::runtime_error("bug");
    co_return Unit{};
  }());
  queue.run();
  EXPECT_TRUE(scope.empty());
  EXPECT_THROW(std::rethrow_exception(scope.fault()), std::runtime_error);
}

TEST_F(Coroutines, WithinDestroysTheLoser) {
  TimerWheel timers(TimePoint(1s));
  std::vector<Resolver<int>> asked;
  Error::Kind kind{};
  Scope scope;
  auto bounded = [](Timers& t, std::vector<Resolver<int>>& a, Error::Kind& k) -> Task<Unit> {
    Within<int> within(t, t.now() + 20ms, ask(a));
    auto r = co_await within;
    if (!r) k = r.error().kind;
    co_return Unit{};
  };
  scope.spawn(bounded(timers, asked, kind));
  queue.run();
  timers.advance(TimePoint(1s) + 19ms);
  queue.run();
  EXPECT_TRUE(asked[0].wanted());
  timers.advance(TimePoint(1s) + 24ms);
  queue.run();
  EXPECT_FALSE(asked[0].wanted());
  EXPECT_EQ(kind, Error::Kind::deadline);
}

TEST_F(Coroutines, WithinKeepsAnAnswerThatCameInTheSameTurnAsTheAlarm) {
  TimerWheel timers(TimePoint(1s));
  std::vector<Resolver<int>> asked;
  int got = 0;
  int resumed = 0;
  Scope scope;
  auto bounded = [](Timers& t, std::vector<Resolver<int>>& a, int& to, int& times) -> Task<Unit> {
    Within<int> within(t, t.now() + 20ms, ask(a));
    auto r = co_await within;
    ++times;
    if (r) to = *r;
    co_return Unit{};
  };
  scope.spawn(bounded(timers, asked, got, resumed));
  queue.run();
  asked[0](5);
  timers.advance(TimePoint(1s) + 30ms);
  queue.run();
  EXPECT_EQ(got, 5);
  EXPECT_EQ(resumed, 1);
}

TEST_F(Coroutines, WithinCanBeExtended) {
  TimerWheel timers(TimePoint(1s));
  std::vector<Resolver<int>> asked;
  bool over = false;
  Within<int>* handle = nullptr;
  Scope scope;
  auto bounded = [](Timers& t, std::vector<Resolver<int>>& a, bool& o, Within<int>*& h) -> Task<Unit> {
    Within<int> within(t, t.now() + 20ms, ask(a));
    h = &within;
    auto r = co_await within;
    o = !r;
    co_return Unit{};
  };
  scope.spawn(bounded(timers, asked, over, handle));
  queue.run();
  handle->extend(timers.now() + 100ms);
  timers.advance(TimePoint(1s) + 90ms);
  queue.run();
  EXPECT_FALSE(over);
  timers.advance(TimePoint(1s) + 110ms);
  queue.run();
  EXPECT_TRUE(over);
}

TEST_F(Coroutines, ATicketForASeatTakenBySomebodyElseIsIgnored) {
  base::Desk<int> desk;
  Mailbox mailbox;
  Waiter<int> second;
  base::Desk<int>::Ticket old{};
  {
    Waiter<int> first;
    old = desk.sit(first.resolver());
  }
  auto ticket = desk.sit(second.resolver());
  EXPECT_EQ(ticket.seat, old.seat);
  std::thread([&] { mailbox.post([&] { desk.answer(old, 1); }); }).join();
  mailbox.drain();
  EXPECT_FALSE(second.await_ready());
  std::thread([&] { mailbox.post([&] { desk.answer(ticket, 2); }); }).join();
  mailbox.drain();
  ASSERT_TRUE(second.await_ready());
  EXPECT_EQ(*second.await_resume(), 2);
}
