// RFC 9111 §4.2.4, §4.3.3, RFC 5861: when a stale response may be given.
#include "filters/cache/reuse.hpp"
#include "filters/cache/semantics.hpp"

namespace sluice::filters::cache {
namespace {

struct ServingStale : Semantics {
  void says_of(std::string_view cache_control) {
    answer(200, {{"Cache-Control", cache_control}, {"ETag", "\"a\""}});
  }
};

// RFC 5861 §3
TEST_F(ServingStale, IsAllowedWhileItIsRevalidated) {
  says_of("max-age=60, stale-while-revalidate=30");
  EXPECT_EQ(reuse_at(59s), Reuse::fresh);
  EXPECT_EQ(reuse_at(60s), Reuse::stale_refresh);
  EXPECT_EQ(reuse_at(89s), Reuse::stale_refresh);
}

TEST_F(ServingStale, EndsWithTheWindow) {
  says_of("max-age=60, stale-while-revalidate=30");
  EXPECT_EQ(reuse_at(90s), Reuse::validate);
  says_of("max-age=60, stale-while-revalidate=x");
  EXPECT_EQ(reuse_at(60s), Reuse::validate);
}

TEST_F(ServingStale, IsForNobodyWhoAskedForSomethingNewer) {
  says_of("max-age=60, stale-while-revalidate=30");
  for (auto value : {"no-cache", "max-age=0", "max-age=61", "max-age=100", "min-fresh=0", "max-stale=1"}) {
    ask({{"Cache-Control", value}});
    EXPECT_EQ(reuse_at(65s), Reuse::validate) << value;
  }
  ask({{"Cache-Control", "max-stale=10"}});
  EXPECT_EQ(reuse_at(65s), Reuse::stale_refresh);
}

TEST_F(ServingStale, IsForbiddenByMustRevalidateProxyRevalidateAndNoCache) {
  rules.stale_while_revalidate = 60s;
  rules.stale_if_error = 60s;
  for (auto value : {"max-age=60, must-revalidate, stale-while-revalidate=30, stale-if-error=30",
                     "max-age=60, proxy-revalidate, stale-while-revalidate=30, stale-if-error=30",
                     "max-age=60, no-cache, stale-while-revalidate=30, stale-if-error=30",
                     "max-age=60, must-revalidate", "max-age=60, proxy-revalidate", "max-age=60, no-cache"}) {
    says_of(value);
    EXPECT_EQ(reuse_at(61s), Reuse::validate) << value;
    EXPECT_FALSE(on_failure_at(61s, Failure::error)) << value;
    EXPECT_FALSE(on_failure_at(61s, Failure::disconnected)) << value;
  }
}

TEST_F(ServingStale, IsForbiddenBySMaxageUnlessTheOriginGivesAWindowBesideIt) {
  rules.stale_while_revalidate = 60s;
  rules.stale_if_error = 60s;
  says_of("s-maxage=60");
  EXPECT_EQ(reuse_at(61s), Reuse::validate);
  EXPECT_FALSE(on_failure_at(61s, Failure::error));
  EXPECT_FALSE(on_failure_at(61s, Failure::disconnected));
  says_of("s-maxage=60, stale-while-revalidate=30, stale-if-error=30");
  EXPECT_EQ(reuse_at(61s), Reuse::stale_refresh);
  EXPECT_TRUE(on_failure_at(61s, Failure::error));
}

TEST_F(ServingStale, IsAllowedByConfigurationWhereTheOriginSaysNothing) {
  rules.stale_while_revalidate = 30s;
  rules.stale_if_error = 40s;
  says_of("max-age=60");
  EXPECT_EQ(reuse_at(89s), Reuse::stale_refresh);
  EXPECT_TRUE(on_failure_at(99s, Failure::error));
  says_of("max-age=60, stale-while-revalidate=0, stale-if-error=0");
  EXPECT_EQ(reuse_at(61s), Reuse::validate);
  EXPECT_FALSE(on_failure_at(61s, Failure::error));
}

// RFC 5861 §4
TEST_F(ServingStale, IsAllowedInsideTheWindowForErrors) {
  says_of("max-age=60, stale-if-error=30");
  EXPECT_EQ(reuse_at(61s), Reuse::validate);
  EXPECT_TRUE(on_failure_at(89s, Failure::error));
  EXPECT_TRUE(on_failure_at(89s, Failure::disconnected));
  EXPECT_FALSE(on_failure_at(90s, Failure::error));
  EXPECT_FALSE(on_failure_at(90s, Failure::disconnected));
}

TEST_F(ServingStale, WithoutAWindowIsOnlyForWhoIsDisconnected) {
  says_of("max-age=60");
  EXPECT_TRUE(on_failure_at(61s, Failure::disconnected));
  EXPECT_FALSE(on_failure_at(61s, Failure::error));
  EXPECT_FALSE(on_failure_at(61s, Failure::none));
}

TEST_F(ServingStale, WhileDisconnectedEndsAfterADay) {
  says_of("max-age=60");
  EXPECT_TRUE(on_failure_at(24h + 59s, Failure::disconnected));
  EXPECT_FALSE(on_failure_at(24h + 60s, Failure::disconnected));
}

TEST_F(ServingStale, OnFailureIsForNobodyWhoAskedForSomethingNewer) {
  says_of("max-age=60, stale-if-error=30");
  for (auto value : {"no-cache", "max-age=0", "max-age=60"}) {
    ask({{"Cache-Control", value}});
    EXPECT_FALSE(on_failure_at(61s, Failure::error)) << value;
  }
}

TEST_F(ServingStale, IsNeverABareFailureOfOthers) {
  says_of("max-age=60, stale-if-error=30");
  EXPECT_FALSE(on_failure_at(61s, Failure::none));
}

TEST(Failure, IsAnAnswerOfABrokenOriginOrNone) {
  for (std::uint16_t status : {500, 502, 503, 504}) {
    EXPECT_EQ(failure_of(status, false), Failure::error) << status;
    EXPECT_EQ(failure_of(status, true), Failure::disconnected) << status;
  }
  for (std::uint16_t status : {200, 304, 404, 429, 501, 505, 599}) {
    EXPECT_EQ(failure_of(status, false), Failure::none) << status;
    EXPECT_EQ(failure_of(status, true), Failure::none) << status;
  }
}

}  // namespace
}  // namespace sluice::filters::cache
