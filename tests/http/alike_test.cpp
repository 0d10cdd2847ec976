#include "http/alike.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

static_assert(alike("X-User-ID", "x_user_id"));
static_assert(!alike("X-User-ID", "x_user_i"));

TEST(Alike, TakesLinesForDashesAndNoNoticeOfCase) {
  EXPECT_TRUE(alike("", ""));
  EXPECT_TRUE(alike("a_b-c", "A-B_C"));
  EXPECT_FALSE(alike("a.b", "a-b"));
  EXPECT_TRUE(starts_alike("X_Forwarded_For", "x-forwarded-"));
  EXPECT_TRUE(starts_alike("x-forwarded-", "x-forwarded-"));
  EXPECT_FALSE(starts_alike("X-Forwarded", "x-forwarded-"));
}

}  // namespace
}  // namespace sluice::http
