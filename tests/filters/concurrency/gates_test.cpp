#include "filters/concurrency/gates.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "telemetry/metrics.hpp"

using namespace sluice;
using namespace sluice::filters::concurrency;

namespace {

const TimePoint now(std::chrono::hours(1));

struct GatesTest : ::testing::Test {
  telemetry::Metrics metrics{4};
  std::shared_ptr<Gates> gates = std::make_shared<Gates>(4, metrics.gauge({"limit", "", {}}));
  Mailbox mailbox;
  std::uint64_t generation = 0;

  void configure(unsigned max, unsigned queue) {
    Settings settings;
    settings.max = max;
    settings.queue = queue;
    gates->follow(++generation, settings);
  }
  Gates::Entry enter(std::uint64_t key = 1) { return gates->enter(key, {0, &mailbox, {0, 0}}); }
};

using How = Gates::How;

}  // namespace

TEST_F(GatesTest, LetsInAsManyAsItMayAndThenHasALine) {
  configure(2, 1);
  EXPECT_EQ(enter().how, How::in);
  EXPECT_EQ(gates->try_enter(1), How::in);
  EXPECT_EQ(gates->try_enter(1), How::full);
  EXPECT_EQ(enter().how, How::waits);
  EXPECT_EQ(enter().how, How::full);
  EXPECT_EQ(enter(2).how, How::in);
}

TEST_F(GatesTest, AFreePlaceGoesToTheFirstInLineNotToWhoComesJustThen) {
  configure(1, 5);
  enter();
  auto first = enter();
  auto second = enter();
  gates->leave(1, now);
  EXPECT_EQ(gates->in_flight(1), 1u);
  EXPECT_EQ(gates->waiting(1), 1u);
  EXPECT_EQ(gates->try_enter(1), How::full);
  gates->give_up(1, first.number, now);  // it had got the place, and passes it on
  EXPECT_EQ(gates->in_flight(1), 1u);
  EXPECT_EQ(gates->waiting(1), 0u);
  gates->give_up(1, second.number, now);
  EXPECT_EQ(gates->in_flight(1), 0u);
}

TEST_F(GatesTest, WhoLeavesTheLineTakesNothingAlong) {
  configure(1, 5);
  enter();
  auto first = enter();
  auto second = enter();
  gates->give_up(1, first.number, now);
  EXPECT_EQ(gates->waiting(1), 1u);
  gates->leave(1, now);
  EXPECT_EQ(gates->waiting(1), 0u);
  gates->leave(1, now);
  EXPECT_EQ(gates->in_flight(1), 0u);
  (void)second;
}

TEST_F(GatesTest, MorePlacesLetInMoreAtTheNextEnd) {
  configure(1, 5);
  enter();
  enter();
  enter();
  configure(3, 5);
  gates->leave(1, now);
  EXPECT_EQ(gates->in_flight(1), 2u);
  EXPECT_EQ(gates->waiting(1), 0u);
}

// Four threads come, wait, give up and leave; there are never more in than may be, and at the end nobody is.
TEST_F(GatesTest, HoldsUnderThreads) {
  configure(3, 4);
  std::atomic<int> inside{0}, most{0}, entered{0};
  auto visit = [&](unsigned worker) {
    Mailbox mine;
    for (int i = 0; i < 20'000; ++i) {
      auto entry = gates->enter(1, {worker, &mine, {0, 0}});
      if (entry.how == How::waits) gates->give_up(1, entry.number, now);
      if (entry.how != How::in) continue;
      ++entered;
      auto here = ++inside;
      for (auto seen = most.load(); here > seen && !most.compare_exchange_weak(seen, here);) {
      }
      --inside;
      gates->leave(1, now);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(visit, i);
  for (auto& t : threads) t.join();
  EXPECT_LE(most, 3);
  EXPECT_GT(entered, 20'000);
  EXPECT_EQ(gates->in_flight(1), 0u);
  EXPECT_EQ(gates->waiting(1), 0u);
}
