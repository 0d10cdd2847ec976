#include "json/equal.hpp"

#include <gtest/gtest.h>

#include "json/document.hpp"
#include "json/pointer.hpp"

namespace sluice::json {
namespace {

bool same(std::string_view a, std::string_view b) {
  Document x, y;
  EXPECT_FALSE(x.read(a, {}) || y.read(b, {})) << a << ' ' << b;
  bool is = equal(x.root(), y.root());
  if (is) {
    EXPECT_EQ(hash(x.root()), hash(y.root())) << a << ' ' << b;
  } else {
    EXPECT_NE(hash(x.root()), hash(y.root())) << a << ' ' << b;
  }
  return is;
}

TEST(JsonEqual, NumbersByTheirValue) {
  EXPECT_TRUE(same("1", "1.0"));
  EXPECT_TRUE(same("0.10", "1e-1"));
  EXPECT_TRUE(same("-0", "0"));
  EXPECT_TRUE(same("100000000000000000000", "1e20"));
  EXPECT_TRUE(same("1234567890123456789012.50", "12345678901234567890125e-1"));
  EXPECT_FALSE(same("9007199254740993", "9007199254740992"));
  EXPECT_FALSE(same("1", "true"));
  EXPECT_FALSE(same("0", "false"));
  EXPECT_FALSE(same("1", "\"1\""));
  EXPECT_FALSE(same("1", "-1"));
}

TEST(JsonEqual, ObjectsWhateverTheirOrder) {
  EXPECT_TRUE(same(R"({"a":1,"b":[2]})", R"({"b":[2.0],"a":1})"));
  EXPECT_TRUE(same(R"({"a":1,"b":2,"c":3})", R"({"c":3,"a":1,"b":2})"));
  EXPECT_FALSE(same(R"({"a":1,"b":2})", R"({"a":2,"b":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":1,"b":2})"));
  EXPECT_FALSE(same(R"({"a":null})", R"({"b":null})"));
  EXPECT_FALSE(same("{}", "[]"));
}

TEST(JsonEqual, ArraysInTheirOrder) {
  EXPECT_TRUE(same("[1,[2,3]]", "[1,[2,3]]"));
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_FALSE(same("[1,[2,3]]", "[[1,2],3]"));
  EXPECT_FALSE(same("[]", "[[]]"));
}

TEST(JsonPointer, FindsWhatItNames) {
  Document d;
  ASSERT_FALSE(d.read(R"({"a/b": {"~": [10, 20]}, "": {"01": 1}})", {}));
  EXPECT_EQ(find(d.root(), "/a~1b/~0/1")->mantissa, 20);
  EXPECT_EQ(find(d.root(), "//01")->mantissa, 1);
  EXPECT_EQ(find(d.root(), ""), &d.root());
  for (auto* wrong : {"/a", "/a~1b/~0/2", "/a~1b/~0/01", "/a~1b/~0/-", "/a~1b/~0/", "a", "/a~1b/~0/1/0"})
    EXPECT_EQ(find(d.root(), wrong), nullptr) << wrong;
  std::string pointer;
  append_token(pointer, "a/b~c");
  append_token(pointer, "");
  EXPECT_EQ(pointer, "/a~1b~0c/");
}

}  // namespace
}  // namespace sluice::json
