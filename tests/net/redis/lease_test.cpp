#include "net/redis/lease.hpp"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

struct Leased : testing::Test {
  TimePoint now{1h};
  RedisLease lease{now};

  void ask(unsigned times) {
    for (unsigned i = 0; i < times; ++i) lease.spend(1, now);
  }
};

TEST_F(Leased, ARareKeyHasNone) {
  for (int i = 0; i < 20; ++i) {
    ask(RedisLease::worthwhile - 1);
    EXPECT_EQ(lease.wanted(1000), 0u);
    now += RedisLease::interval;
  }
}

TEST_F(Leased, AHotKeyWantsWhatItUsedInTheLastInterval) {
  ask(30);
  now += RedisLease::interval;
  ask(1);
  EXPECT_EQ(lease.wanted(1000), 30u);
}

TEST_F(Leased, NoMoreThanItsShareIsHeldOrOnItsWay) {
  ask(1000);
  EXPECT_EQ(lease.wanted(8), 8u);
  lease.fetching();
  EXPECT_EQ(lease.wanted(8), 0u);
  lease.fetched(8);
  EXPECT_EQ(lease.wanted(8), 0u);
  EXPECT_EQ(lease.wanted(3), 0u) << "a share that is not worth it";
}

TEST_F(Leased, IsFilledUpBeforeItRunsOut) {
  ask(20);
  lease.fetching();
  lease.fetched(20);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(lease.spend(2, now));
  EXPECT_EQ(lease.held(), 12u);
  EXPECT_EQ(lease.wanted(20), 0u);
  EXPECT_TRUE(lease.spend(3, now));
  EXPECT_EQ(lease.wanted(20), 11u);
}

TEST_F(Leased, SpendsNoMoreThanItHolds) {
  lease.fetched(3);
  EXPECT_TRUE(lease.spend(2, now));
  EXPECT_FALSE(lease.spend(2, now));
  EXPECT_TRUE(lease.spend(1, now));
  EXPECT_FALSE(lease.spend(1, now));
}

TEST_F(Leased, GivesBackWhatIsBeyondTheDemandAndAllWhenNobodyAsks) {
  ask(50);
  lease.fetched(50);
  EXPECT_EQ(lease.excess(now), 0u);
  now += RedisLease::interval;
  ask(10);
  EXPECT_EQ(lease.excess(now), 0u) << "the interval before counts";
  now += RedisLease::interval;
  EXPECT_EQ(lease.excess(now), 30u) << "40 were left, 10 were used";
  now += 2 * RedisLease::interval;
  EXPECT_EQ(lease.excess(now), 10u);
  EXPECT_TRUE(lease.idle());
}

TEST_F(Leased, AFetchThatFailedMayBeTriedAgain) {
  ask(10);
  EXPECT_EQ(lease.wanted(100), 10u);
  lease.fetching();
  lease.fetched(0);
  EXPECT_EQ(lease.wanted(100), 10u);
}

}  // namespace
}  // namespace sluice::net
