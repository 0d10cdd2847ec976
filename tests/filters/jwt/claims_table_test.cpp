#include "filters/jwt/claims_table.hpp"

#include <gmock/gmock.h>

#include "json/document.hpp"

using namespace sluice;
using namespace sluice::filters::jwt;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

std::optional<Claims> claims_of(const std::string& text) {
  json::Document document;
  auto fault = document.read(text, {.depth = 32, .members = 100'000, .string = 1 << 20});
  EXPECT_FALSE(fault) << fault->message;
  return flatten(document.root());
}

std::vector<std::string> all(const Claims& claims, std::string_view path) {
  std::vector<std::string> values;
  for (auto& claim : claims.all(path)) values.push_back(claim.value);
  return values;
}

}  // namespace

TEST(ClaimsTable, NamesEachValueByItsPath) {
  auto claims = *claims_of(R"({"sub":"ann","realm":{"roles":["a","b"],"level":{"n":3}},"ok":true,"no":false,
                               "list":[1,[2,"three"],{"x":4},5]})");
  EXPECT_EQ(claims.get("sub"), "ann");
  EXPECT_THAT(all(claims, "realm.roles"), ElementsAre("a", "b"));
  EXPECT_EQ(claims.get("realm.level.n"), "3");
  EXPECT_EQ(claims.get("ok"), "true");
  EXPECT_EQ(claims.get("no"), "false");
  EXPECT_THAT(all(claims, "list"), ElementsAre("1", "2", "three", "5"));
  EXPECT_EQ(claims.get("list.x"), "4");
  EXPECT_EQ(claims.get("realm").data(), nullptr);
}

TEST(ClaimsTable, WhatIsNullOrEmptyIsNotThere) {
  EXPECT_THAT(claims_of(R"({"a":null,"b":[],"c":{},"d":[null]})")->entries(), IsEmpty());
}

TEST(ClaimsTable, AMemberWithDotsAtTheTopGoesBeforeANestedOne) {
  auto claims = *claims_of(R"({"a":{"b":"nested"},"a.b":["top","second"]})");
  EXPECT_THAT(all(claims, "a.b"), ElementsAre("top", "second", "nested"));
  claims = *claims_of(R"({"x":[{"y":"nested"}],"x.y":"top"})");
  EXPECT_THAT(all(claims, "x.y"), ElementsAre("top", "nested"));
}

TEST(ClaimsTable, AnEmptyNameHidesNoLevel) {
  auto claims = *claims_of(R"({"":{"sub":"mallory"},"a":{"":"b"}})");
  EXPECT_EQ(claims.get("sub").data(), nullptr);
  EXPECT_EQ(claims.get(".sub"), "mallory");
  EXPECT_EQ(claims.get("a."), "b");
}

TEST(ClaimsTable, NumbersAreText) {
  auto claims = *claims_of(R"({"n":[0,-7,123456789012345678,1.5,-0.25,19.99,1e2,0.001,1e30,1.25e-30,
                                    1234567890123456789012345]})");
  EXPECT_THAT(all(claims, "n"), ElementsAre("0", "-7", "123456789012345678", "1.5", "-0.25", "19.99", "100",
                                            "0.001", "1e30", "125e-32", "1234567890123456789012345"));
}

TEST(ClaimsTable, IsBounded) {
  std::string many = "{\"a\":[0", long_name = "{\"" + std::string(1000, 'n') + "\":[0";
  for (int i = 1; i < 1024; ++i) many += ",0";
  EXPECT_TRUE(claims_of(many + "]}"));
  EXPECT_FALSE(claims_of(many + ",0]}"));
  for (int i = 0; i < 70; ++i) long_name += ",0";  // each value stands under the whole path
  EXPECT_FALSE(claims_of(long_name + "]}"));
}
