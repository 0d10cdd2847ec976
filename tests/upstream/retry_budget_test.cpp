#include "upstream/retry_budget.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "upstream/random.hpp"

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{100h};

TEST(RetryBudget, GivesAShareOfWhatCame) {
  RetryBudget budget(2);
  for (int i = 0; i < 50; ++i) budget.count_request(i % 2, start);
  int taken = 0;
  while (budget.take({0.2, 3}, start)) ++taken;
  EXPECT_EQ(taken, 10);
}

TEST(RetryBudget, GivesAFewWhereLittleComes) {
  RetryBudget budget(1);
  budget.count_request(0, start);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take({0.2, 3}, start));
  EXPECT_FALSE(budget.take({0.2, 3}, start));
  RetryBudget none(1);
  EXPECT_FALSE(none.take({0.2, 0}, start));
}

TEST(RetryBudget, WhatWasRefusedIsNotTaken) {
  RetryBudget budget(1);
  for (int i = 0; i < 100; ++i) (void)budget.take({0.2, 0}, start);
  for (int i = 0; i < 10; ++i) budget.count_request(0, start);
  EXPECT_TRUE(budget.take({0.2, 0}, start));
}

TEST(RetryBudget, ForgetsAfterTenSeconds) {
  RetryBudget budget(1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take({0.2, 3}, start));
  EXPECT_FALSE(budget.take({0.2, 3}, start + 9s));
  EXPECT_TRUE(budget.take({0.2, 3}, start + 10s));
  for (int i = 0; i < 100; ++i) budget.count_request(0, start);
  EXPECT_TRUE(budget.take({0.2, 0}, start + 9s));
  EXPECT_FALSE(budget.take({0.2, 0}, start + 10s)) << "requests are forgotten too";
}

// An upstream that answers nothing, for a minute, under a load that changes: in no window of ten seconds does
// it get more than 1.2 times what came, and a few.
TEST(RetryBudget, ADeadUpstreamNeverGetsMuchMoreThanCame) {
  RetryBudget budget(4);
  Random random(7);
  std::vector<std::uint64_t> came(60), again(60);
  for (std::uint64_t second = 0; second < 60; ++second) {
    auto rate = second % 20 < 10 ? 200u : random.below(20);
    for (unsigned i = 0; i < rate; ++i) {
      auto now = start + second * 1s + i * (1s / rate);
      budget.count_request(random.below(4), now);
      ++came[second];
      for (int attempt = 2; attempt <= 3; ++attempt)
        if (budget.take({0.2, 3}, now)) ++again[second];
    }
    auto from = second < 9 ? 0 : second - 9;
    std::uint64_t requests = 0, retries = 0;
    for (auto s = from; s <= second; ++s) requests += came[s], retries += again[s];
    // A window that ends within a second has seen what came later in its first one.
    auto before = from > 0 ? came[from - 1] : 0;
    EXPECT_LE(static_cast<double>(retries), 0.2 * static_cast<double>(requests + before) + 3) << second;
  }
  std::uint64_t all = 0, retried = 0;
  for (auto n : came) all += n;
  for (auto n : again) retried += n;
  EXPECT_LE(static_cast<double>(all + retried), 1.2 * static_cast<double>(all) + 3 * 6);
  EXPECT_GT(retried, all / 10) << "the budget is used";
}

TEST(RetryBudget, ThreadsTogetherNeverPassTheBound) {
  for (int round = 0; round < 20; ++round) {
    RetryBudget budget(4);
    for (int i = 0; i < 500; ++i) budget.count_request(0, start);
    std::atomic<int> taken = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) taken += budget.take({0.2, 3}, start);
      });
    threads.clear();
    EXPECT_LE(taken, 100);
    EXPECT_GT(taken, 90);
  }
}

}  // namespace
}  // namespace sluice::upstream
