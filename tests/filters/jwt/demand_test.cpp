#include "filters/jwt/demand.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "kit/loop.hpp"

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace std::chrono_literals;

namespace {

// Two workers on one thread, each with a mailbox of its own; the first one fetches.
struct Demanding : ::testing::Test {
  kit::Loop loop;
  Mailbox mailbox;
  Worker other{1, loop.timers, mailbox, loop.background};
  std::shared_ptr<Demand> demand = std::make_shared<Demand>(30s, 2);
  int went_on = 0, rang = 0;
  Scope scope;

  void spin() {
    do loop.spin();
    while (mailbox.drain() > 0);
  }
  void advance(Duration d) {
    loop.advance(d);
    spin();
  }
  Task<Unit> wait(Worker& worker) {
    auto asking = demand->wait(worker);
    co_await asking;
    ++went_on;
    co_return Unit{};
  }
  Task<Unit> hear() {
    auto hearing = demand->heard();
    (void)co_await hearing;
    ++rang;
    co_return Unit{};
  }
  void ask(Worker& worker) {
    scope.spawn(wait(worker));
    spin();
  }
  // A fetching side that rests.
  void rest() {
    demand->open(loop.worker);
    demand->begin();
    demand->end();
    scope.spawn(hear());
    spin();
  }
};

}  // namespace

TEST_F(Demanding, WhereNobodyFetchesNobodyWaits) {
  ask(loop.worker);
  EXPECT_EQ(went_on, 1);
  rest();
  demand->close();
  ask(other);
  EXPECT_EQ(went_on, 2);
  EXPECT_EQ(rang, 0);
}

TEST_F(Demanding, AllWhoAskOnWhicheverWorkerWaitForOneFetch) {
  rest();
  ask(other);
  ask(loop.worker);
  EXPECT_EQ(rang, 1);
  demand->begin();
  ask(other);
  ask(loop.worker);
  EXPECT_EQ(went_on, 0);
  demand->end();
  spin();
  EXPECT_EQ(went_on, 4);
  EXPECT_EQ(rang, 1);
}

TEST_F(Demanding, AStormWithinTheCooldownIsNoFetch) {
  rest();
  ask(other);
  demand->begin();
  demand->end();
  spin();
  scope.spawn(hear());
  spin();
  for (int i = 0; i < 10'000; ++i) {
    auto& worker = i % 2 ? other : loop.worker;
    EXPECT_TRUE(demand->wait(worker).ready());
  }
  EXPECT_EQ(rang, 1);
  advance(29s);
  EXPECT_TRUE(demand->wait(other).ready());
  advance(1s);
  ask(other);
  EXPECT_EQ(rang, 2);
}

TEST_F(Demanding, NobodyWaitsForEver) {
  rest();
  ask(other);
  demand->begin();
  advance(Demand::patience - 10ms);
  EXPECT_EQ(went_on, 0);
  advance(20ms);
  EXPECT_EQ(went_on, 1);
  demand->end();
  spin();
}

TEST_F(Demanding, WhoLeavesMeanwhileIsForgotten) {
  rest();
  {
    Scope client;
    client.spawn(wait(other));
    spin();
    demand->begin();
  }
  demand->end();
  spin();
  EXPECT_EQ(went_on, 0);
}

TEST_F(Demanding, TheEndOfTheFetchingSideLetsAllGo) {
  rest();
  ask(other);
  demand->begin();
  ask(loop.worker);
  demand->close();
  spin();
  EXPECT_EQ(went_on, 2);
}

TEST_F(Demanding, ACallThatComesTooLateIsNoSecondFetch) {
  rest();
  scope.spawn(wait(other));
  RunQueue::current().run();  // asked; the letter still lies there
  demand->begin();
  demand->end();
  spin();
  EXPECT_EQ(went_on, 1);
  EXPECT_EQ(rang, 0);
}

TEST_F(Demanding, ALetterOfTheLastFetchWakesNobodyOfTheNext) {
  demand = std::make_shared<Demand>(0s, 2);
  rest();
  scope.spawn(wait(other));
  loop.spin();
  demand->begin();
  demand->end();  // its letter lies in the other worker's box
  scope.spawn(wait(other));
  loop.spin();
  mailbox.drain();
  loop.spin();
  EXPECT_EQ(went_on, 1);
  demand->begin();
  demand->end();
  spin();
  EXPECT_EQ(went_on, 2);
}

// Real threads, for the sanitizers' eyes: three ask all the time, one fetches.
TEST(DemandThreads, EverybodyGoesOn) {
  auto demand = std::make_shared<Demand>(1ms, 4);
  std::atomic<bool> stop = false;
  std::atomic<int> went_on = 0;
  auto wait = [&](Worker& worker) -> Task<Unit> {
    auto asking = demand->wait(worker);
    co_await asking;
    ++went_on;
    co_return Unit{};
  };
  struct Place {
    kit::Loop loop;
    Worker worker;
    explicit Place(unsigned index) : worker{index, loop.timers, loop.mailbox, loop.background} {}
  };
  std::vector<std::thread> threads;
  std::atomic<int> ready = 0;
  for (unsigned index = 1; index < 4; ++index)
    threads.emplace_back([&, index] {
      Place place(index);
      Scope scope;
      for (; !stop; place.loop.advance(4ms)) {
        auto waiting = wait(place.worker);
        scope.spawn(std::move(waiting));
      }
      for (int i = 0; i < 1000; ++i) place.loop.advance(4ms);
      EXPECT_TRUE(scope.empty());
      ++ready;
      while (ready < 4) std::this_thread::yield();
    });
  kit::Loop loop;
  demand->open(loop.worker);
  while (went_on < 3000) {
    demand->begin();
    loop.advance(4ms);
    demand->end();
    loop.advance(4ms);
  }
  demand->close();
  stop = true;
  ++ready;
  for (auto& t : threads) t.join();
}
