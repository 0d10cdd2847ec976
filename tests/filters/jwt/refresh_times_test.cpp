#include "filters/jwt/refresh_times.hpp"

#include <gtest/gtest.h>

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace std::chrono_literals;

namespace {

// At most a tenth sooner than `pause`, never later.
testing::AssertionResult is_about(Duration got, Duration pause) {
  if (got <= pause && got >= pause - pause / 10) return testing::AssertionSuccess();
  return testing::AssertionFailure() << std::chrono::duration<double>(got).count() << "s";
}

}  // namespace

TEST(RefreshTimes, FailuresAreTriedAgainLaterAndLaterUpToTheRefresh) {
  RefreshTimes times(20s, 7);
  for (auto pause : {1s, 2s, 4s, 8s, 16s, 20s, 20s}) EXPECT_TRUE(is_about(times.after_failure(), pause));
  EXPECT_TRUE(is_about(times.after_success(), 20s));
  EXPECT_TRUE(is_about(times.after_failure(), 1s)) << "a success begins the row anew";
}

TEST(RefreshTimes, AShortRefreshBoundsTheFirstRetryToo) {
  RefreshTimes times(100ms, 7);
  EXPECT_TRUE(is_about(times.after_failure(), 100ms));
  EXPECT_TRUE(is_about(times.after_failure(), 100ms));
}

TEST(RefreshTimes, TwoThatStartTogetherDoNotAskTogether) {
  RefreshTimes one(15min, 1), other(15min, 2);
  int together = 0;
  for (int i = 0; i < 20; ++i) together += one.after_success() == other.after_success();
  EXPECT_LT(together, 2);
}
