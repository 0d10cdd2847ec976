#include "net/redis/breaker.hpp"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

TEST(RedisBreaker, OpensAfterEnoughFailuresInARow) {
  RedisBreaker breaker(1s);
  for (unsigned i = 1; i < RedisBreaker::enough; ++i) EXPECT_FALSE(breaker.failed());
  EXPECT_TRUE(breaker.closed());
  EXPECT_TRUE(breaker.failed());
  EXPECT_FALSE(breaker.closed());
  EXPECT_FALSE(breaker.failed()) << "it is open already";
}

TEST(RedisBreaker, ASuccessBeginsTheRowAnew) {
  RedisBreaker breaker(1s);
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 1; i < RedisBreaker::enough; ++i) breaker.failed();
    breaker.succeeded();
  }
  EXPECT_TRUE(breaker.closed());
}

TEST(RedisBreaker, PausesAreDrawnBelowABoundThatDoubles) {
  RedisBreaker breaker(1s);
  std::minstd_rand random(1);
  breaker.open();
  for (auto bound : {50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    EXPECT_EQ(breaker.next_bound(), bound);
    EXPECT_LE(breaker.next_pause(random), bound);
  }
}

TEST(RedisBreaker, PausesGrowUntilACommandSucceeds) {
  RedisBreaker breaker(1s);
  std::minstd_rand random(1);
  breaker.open();
  breaker.next_pause(random);
  breaker.close();
  EXPECT_TRUE(breaker.closed());
  EXPECT_FALSE(breaker.trusting());
  EXPECT_EQ(breaker.next_bound(), 100ms);
  breaker.succeeded();
  EXPECT_TRUE(breaker.trusting());
  EXPECT_EQ(breaker.next_bound(), 50ms);
}

TEST(RedisBreaker, AHundredTriesDoNotOverflow) {
  RedisBreaker breaker(24h);
  std::minstd_rand random(1);
  for (int i = 0; i < 100; ++i) EXPECT_LE(breaker.next_pause(random), 24h);
}

}  // namespace
}  // namespace sluice::net
