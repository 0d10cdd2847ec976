#include "http/dictionary.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using Type = DictionaryReader::Type;

// "key=text key=text", or "malformed".
std::string read(std::string_view text) {
  DictionaryReader reader(text);
  std::string all;
  for (DictionaryReader::Member m; reader.next(m);)
    all += (all.empty() ? "" : " ") + std::string(m.key) + "=" + std::string(m.text);
  return reader.good() ? all : "malformed";
}

Type type_of(std::string_view item) {
  auto text = "a=" + std::string(item);
  DictionaryReader reader(text);
  DictionaryReader::Member m;
  EXPECT_TRUE(reader.next(m)) << item;
  EXPECT_FALSE(reader.next(m)) << item;
  EXPECT_TRUE(reader.good()) << item;
  return m.type;
}

TEST(Dictionary, ReadsEachType) {
  EXPECT_EQ(type_of("?0"), Type::boolean);
  EXPECT_EQ(type_of("-42"), Type::integer);
  EXPECT_EQ(type_of("999999999999999"), Type::integer);
  EXPECT_EQ(type_of("123456789012.125"), Type::decimal);
  EXPECT_EQ(type_of("\"a \\\" \\\\\""), Type::string);
  EXPECT_EQ(type_of("*a/b:c"), Type::token);
  EXPECT_EQ(type_of(":aGVsbG8=:"), Type::bytes);
  EXPECT_EQ(type_of("(1 2;x  \"a\")"), Type::list);
  EXPECT_EQ(type_of("()"), Type::list);
}

TEST(Dictionary, ReadsKeysParametersAndSpaces) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("a"), "a=?1");
  EXPECT_EQ(read(" a=1 ,\t*b.c_d-e9=x "), "a=1 *b.c_d-e9=x");
  EXPECT_EQ(read("a=1;p;q=\"x\"; r=2, b;s=?0"), "a=1 b=?1");
  EXPECT_EQ(read("a=\"x, y\""), "a=x, y");
}

TEST(Dictionary, RefusesWhatIsMalformed) {
  for (auto bad : {",",
                   "a,",
                   ",a",
                   "a,,b",
                   "A",
                   "1",
                   "-a",
                   "a b",
                   "a=",
                   "a= 1",
                   "a =1",
                   "a=1 b=2",
                   "a=1;",
                   "a=1;P",
                   "a=1;p=",
                   "a=--1",
                   "a=-",
                   "a=1.",
                   "a=1.2345",
                   "a=1234567890123.1",
                   "a=1234567890123456",
                   "a=\"x",
                   "a=\"\\x\"",
                   "a=\"\\",
                   "a=\"\x7f\"",
                   "a=\"\xc3\xa4\"",
                   "a=?",
                   "a=?2",
                   "a=?true",
                   "a=:x",
                   "a=:*:",
                   "a=(1",
                   "a=(1\"b\")",
                   "a=(1,2)",
                   "a=(",
                   "a=&",
                   "a=1&"})
    EXPECT_EQ(read(bad), "malformed") << bad;
}

}  // namespace
}  // namespace sluice::http
