#include "json/number.hpp"

#include <gtest/gtest.h>

namespace sluice::json {
namespace {

int compared(std::string_view a, std::string_view b) {
  int there = compare(number_node(a), number_node(b)), back = compare(number_node(b), number_node(a));
  EXPECT_EQ(there, -back) << a << ' ' << b;
  return there;
}

bool multiple(std::string_view number, std::string_view divisor) {
  return is_multiple(number_node(number), number_node(divisor));
}

TEST(JsonNumber, IsAnIntegerHoweverItIsWritten) {
  for (auto* text : {"1", "1.0", "1e0", "10e-1", "0.1e1", "100e-2", "1.000000000000000000000000000"}) {
    auto n = number_node(text);
    EXPECT_TRUE(n.is(Kind::integer) && n.mantissa == 1 && n.flag) << text;
  }
  for (auto* text : {"0", "-0", "0.0", "-0e5", "0e-99999999999999999999"})
    EXPECT_TRUE(number_node(text).is(Kind::integer) && number_node(text).mantissa == 0) << text;
  EXPECT_TRUE(number_node("1e30").flag);
  EXPECT_TRUE(number_node("123456789012345678901234567890").flag);
  EXPECT_TRUE(number_node("12345678901234567890123456789.0").flag);
  EXPECT_FALSE(number_node("1.5").flag);
  EXPECT_FALSE(number_node("1e-7").flag);
  EXPECT_FALSE(number_node("1234567890123456789012.5").flag);
}

TEST(JsonNumber, IsComparedExactly) {
  EXPECT_EQ(compared("9007199254740993", "9007199254740992"), 1);
  EXPECT_EQ(compared("0.1", "0.10000000000000000000000001"), -1);
  EXPECT_EQ(compared("123456789012345678901", "123456789012345678902"), -1);
  EXPECT_EQ(compared("12345678901234567890.5", "1.23456789012345678905e19"), 0);
  EXPECT_EQ(compared("-1.5", "-1.4"), -1);
  EXPECT_EQ(compared("-1", "0.5"), -1);
  EXPECT_EQ(compared("0", "-0.0"), 0);
  EXPECT_EQ(compared("0", "1e-300"), -1);
  EXPECT_EQ(compared("0", "-1e-300"), 1);
  EXPECT_EQ(compared("1e400", "1e399"), 1);
  EXPECT_EQ(compared("1e30", "1000000000000000000000000000000"), 0);
  EXPECT_EQ(compared("99999", "1e5"), -1);
  EXPECT_EQ(compared("1e5", "100000"), 0);
}

TEST(JsonNumber, ExponentsThatAreHugeHangNobody) {
  EXPECT_EQ(compared("1e999999999999", "1"), 1);
  EXPECT_EQ(compared("1e-999999999999", "1"), -1);
  EXPECT_EQ(compared("-1e99999999999999999999999999", "1"), -1);
  EXPECT_FALSE(multiple("1e999999999999", "7e3"));
  EXPECT_TRUE(multiple("5e999999999999", "0.5"));
  EXPECT_FALSE(multiple("1e-999999999999", "0.5"));
}

TEST(JsonNumber, IsDividedAsADecimal) {
  EXPECT_TRUE(multiple("0.0075", "0.0001"));
  EXPECT_FALSE(multiple("0.00751", "0.0001"));
  EXPECT_TRUE(multiple("4.02", "0.01"));
  EXPECT_TRUE(multiple("19.99", "0.01"));
  EXPECT_FALSE(multiple("19.999", "0.01"));
  EXPECT_TRUE(multiple("12391239123", "1e-8"));
  EXPECT_FALSE(multiple("1e308", "0.123456789"));
  EXPECT_TRUE(multiple("1e308", "0.5"));
  EXPECT_TRUE(multiple("0", "3"));
  EXPECT_TRUE(multiple("-9", "3"));
  EXPECT_FALSE(multiple("-10", "3"));
  EXPECT_TRUE(multiple("4.5", "1.5"));
  EXPECT_TRUE(multiple("123456789012345678901234567890", "10"));
  EXPECT_FALSE(multiple("123456789012345678901234567891", "10"));
  EXPECT_TRUE(multiple("3000000000000000000000000000000000003", "3"));
}

}  // namespace
}  // namespace sluice::json
