#include "telemetry/response_flags.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sluice::telemetry {
namespace {

TEST(ResponseFlags, HaveTheLettersOfTheirNames) {
  EXPECT_STREQ(letters(Flag::dc), "DC");
  EXPECT_STREQ(letters(Flag::om), "OM");
  EXPECT_STREQ(letters(Flag::rlse), "RLSE");
  EXPECT_STREQ(letters(Flag::uf), "UF");
  EXPECT_STREQ(letters(Flag::ut), "UT");
}

TEST(ResponseFlags, AreToldApartByTheirLetters) {
  std::set<std::string> seen;
  for (unsigned i = 0; i < static_cast<unsigned>(Flag::count); ++i) {
    auto* text = letters(static_cast<Flag>(i));
    ASSERT_NE(text, nullptr);
    EXPECT_TRUE(seen.insert(text).second) << text;
  }
}

}  // namespace
}  // namespace sluice::telemetry
