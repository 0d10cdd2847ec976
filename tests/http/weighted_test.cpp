#include "http/weighted.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

TEST(Weight, IsReadInThousandths) {
  EXPECT_EQ(read_weight("0"), 0);
  EXPECT_EQ(read_weight("0."), 0);
  EXPECT_EQ(read_weight("0.5"), 500);
  EXPECT_EQ(read_weight("0.05"), 50);
  EXPECT_EQ(read_weight("0.125"), 125);
  EXPECT_EQ(read_weight("1"), 1000);
  EXPECT_EQ(read_weight("1.000"), 1000);
}

TEST(Weight, IsNothingElse) {
  for (auto bad : {"", "2", "1.001", "1.1", "0.1234", ".5", "00", "01", "-0", "+1", "0,5", "0.a", "a"})
    EXPECT_FALSE(read_weight(bad)) << bad;
}

TEST(Weighted, IsAValueAndItsWeight) {
  auto member = read_weighted("en-US ; q=0.8");
  ASSERT_TRUE(member);
  EXPECT_EQ(member->value, "en-US");
  EXPECT_EQ(member->weight, 800);
  EXPECT_EQ(read_weighted("*")->weight, Weighted::full);
  EXPECT_EQ(read_weighted("gzip;Q=0")->weight, 0);
}

TEST(Weighted, IsNothingElse) {
  for (auto bad : {"", ";q=1", "a b", "a;", "a;q", "a;q=", "a;x=1", "a;q=1;x", "a;q =1", "\"a\"", "a/b;q=1"})
    EXPECT_FALSE(read_weighted(bad)) << bad;
}

}  // namespace
}  // namespace sluice::http
