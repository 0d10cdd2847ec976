#include "upstream/last_good.hpp"

#include <gtest/gtest.h>

#include <vector>

using sluice::upstream::LastGood;

namespace {

TEST(LastGood, TakesWhatIsNew) {
  LastGood<std::vector<int>> known;
  EXPECT_FALSE(known.known());
  EXPECT_TRUE(known.take({1}));
  EXPECT_TRUE(known.take({1, 2}));
  EXPECT_FALSE(known.take({1, 2}));
  EXPECT_EQ(known.value(), (std::vector{1, 2}));
}

TEST(LastGood, AFailureKeepsWhatThereWas) {
  LastGood<std::vector<int>> known;
  EXPECT_TRUE(known.take({1}));
  known.fail("dns_failed");
  known.fail("dns_empty");
  EXPECT_EQ(known.failures(), 2u);
  EXPECT_EQ(known.fault(), "dns_empty");
  EXPECT_EQ(known.value(), std::vector{1});
  EXPECT_FALSE(known.take({1})) << "good again, but no other";
  EXPECT_EQ(known.failures(), 0u);
  EXPECT_EQ(known.fault(), "");
}

}  // namespace
