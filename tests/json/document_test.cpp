#include "json/document.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::json {
namespace {

using std::string_literals::operator""s;

std::string fault_of(std::string_view text, Limits limits = {}) {
  Document d;
  auto fault = d.read(text, limits);
  return fault ? fault->message + " @"s + std::to_string(fault->offset) : "";
}

struct JsonText : ::testing::Test {
  Document document;
  const Node& read(std::string_view text) {
    auto fault = document.read(text, {});
    EXPECT_FALSE(fault) << text << ": " << fault->message;
    return document.root();
  }
};

TEST_F(JsonText, HasValuesOfEveryKind) {
  auto& root = read(R"( {"a": [1, -2.50, "x", true, false, null], "b": {}, "c": [] } )");
  ASSERT_EQ(root.kind, Kind::object);
  EXPECT_EQ(root.size, 3u);
  auto& a = *root.find("a");
  ASSERT_EQ(a.size, 6u);
  EXPECT_EQ(a.at(0)->mantissa, 1);
  EXPECT_EQ(a.at(1)->mantissa, -25);
  EXPECT_EQ(a.at(1)->exponent(), -1);
  EXPECT_EQ(a.at(2)->text(), "x");
  EXPECT_TRUE(a.at(3)->is_true());
  EXPECT_TRUE(a.at(4)->is(Kind::boolean) && !a.at(4)->flag);
  EXPECT_TRUE(a.at(5)->is(Kind::null));
  EXPECT_EQ(root.find("b")->size, 0u);
  EXPECT_EQ(root.find("c")->kind, Kind::array);
  EXPECT_EQ(root.find("d"), nullptr);
  EXPECT_EQ(a.at(6), nullptr);
  EXPECT_EQ(document.nodes(), 13u);
}

TEST_F(JsonText, MayBeOneScalarWithSpaceAround) {
  EXPECT_EQ(read("\r\n\t 7 \n").mantissa, 7);
  EXPECT_EQ(read("\"\"").text(), "");
  EXPECT_EQ(read("null").kind, Kind::null);
  std::string amid_space(2001, ' ');
  amid_space[1000] = '1';
  EXPECT_EQ(read(amid_space).mantissa, 1);
}

TEST_F(JsonText, DecodesEscapes) {
  EXPECT_EQ(read(R"("\"\\\/\b\f\n\r\t")").text(), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(read(R"("\u0041\u00e9\u20AC\ud83d\ude00")").text(), "A\u00e9\u20ac\U0001f600");
  EXPECT_EQ(read(R"("\u0000x")").text(), "\0x"s);
  EXPECT_EQ(read(R"("a long text before it \n and a long text behind it")").text(),
            "a long text before it \n and a long text behind it");
}

TEST_F(JsonText, KnowsWhatIsAscii) {
  EXPECT_TRUE(read(R"("abc")").flag);
  EXPECT_TRUE(read(R"("a\nc")").flag);
  EXPECT_FALSE(read("\"\u00e9\"").flag);
  EXPECT_FALSE(read(R"("\u00e9")").flag);
}

TEST_F(JsonText, StringsOfEveryLengthEndWhereTheyEnd) {
  for (std::size_t n = 0; n < 70; ++n) {
    std::string text(n, 'x');
    EXPECT_EQ(read('"' + text + '"').text(), text);
    EXPECT_EQ(read('"' + text + "\\n\"").text(), text + "\n");
    EXPECT_EQ(fault_of('"' + text), "the text ends too early @" + std::to_string(n + 1));
  }
}

TEST(JsonFaults, OfStrings) {
  EXPECT_EQ(fault_of("\"a\nb\""), "a control character stands in a string @2");
  EXPECT_EQ(fault_of("\"a\0b\""s), "a control character stands in a string @2");
  EXPECT_EQ(fault_of(R"("\x")"), "a string has an unknown escape @1");
  EXPECT_EQ(fault_of(R"("\u12g4")"), "a string has an unknown escape @1");
  EXPECT_EQ(fault_of(R"("\ud800")"), "half of a surrogate pair stands alone @1");
  EXPECT_EQ(fault_of(R"("\udc00\ud800")"), "half of a surrogate pair stands alone @1");
  EXPECT_EQ(fault_of(R"("\ud800\u0041")"), "half of a surrogate pair stands alone @1");
  EXPECT_EQ(fault_of("\"\xc0\x80\""), "a string is no UTF-8 @1");
  EXPECT_EQ(fault_of("\"\xed\xa0\x80\""), "a string is no UTF-8 @1");
  EXPECT_EQ(fault_of("\"\xf4\x90\x80\x80\""), "a string is no UTF-8 @1");
  EXPECT_EQ(fault_of("\"\xe2\x82\""), "a string is no UTF-8 @1");
  EXPECT_EQ(fault_of("\"\xff\""), "a string is no UTF-8 @1");
}

TEST(JsonFaults, OfNumbers) {
  for (auto* text : {"01", "-01", "00"}) EXPECT_EQ(fault_of(text), "a number begins with 0 @0") << text;
  EXPECT_EQ(fault_of("1."), "digits are expected behind the point @0");
  EXPECT_EQ(fault_of("[1.]"), "digits are expected behind the point @1");
  EXPECT_EQ(fault_of("[1e]"), "an exponent needs digits @1");
  EXPECT_EQ(fault_of("[1e+]"), "an exponent needs digits @1");
  EXPECT_EQ(fault_of("[-]"), "a number needs digits @1");
  for (auto* text : {"[+1]", "[.5]", "[NaN]", "[Infinity]", "[0x1]", "[1_0]", "[1 2]"})
    EXPECT_NE(fault_of(text), "") << text;
}

TEST(JsonFaults, OfStructure) {
  for (auto* text :
       {"[1,]",  "{\"a\":1,}", "{,}",       "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}",
        "{1:1}", "[1}",        "{\"a\":1]", "[1",   "{",       "[",        "",      " ",
        "tru",   "nul",        "True",      "1 1",  "{}{}",    "/**/1",    "[1] x", "\xef\xbb\xbf{}"})
    EXPECT_NE(fault_of(text), "") << text;
  EXPECT_EQ(fault_of(""), "the text ends too early @0");
  EXPECT_EQ(fault_of("1 2"), "only white space may follow the value @2");
  EXPECT_EQ(fault_of("1\0"s), "only white space may follow the value @1");
}

TEST(JsonFaults, OfNamesThatStandTwice) {
  EXPECT_EQ(fault_of(R"({"a": 1, "b": 2, "a": 3})"), "an object has the same member twice @17");
  EXPECT_EQ(fault_of(R"({"a": 1, "\u0061": 3})"), "an object has the same member twice @9");
  EXPECT_EQ(fault_of(R"({"a": {"a": 1}, "b": {"a": 1}})"), "");
}

TEST(JsonFaults, OfNamesThatStandTwiceAmongMany) {
  for (int n : {20, 32, 33, 100}) {
    std::string text = "{";
    for (int i = 0; i < n; ++i) text += "\"name" + std::to_string(i) + "\": 1, ";
    EXPECT_EQ(fault_of(text + "\"other\": 2}"), "");
    auto at = std::to_string(text.size());
    EXPECT_EQ(fault_of(text + "\"name7\": 2}"), "an object has the same member twice @" + at) << n;
  }
}

TEST(JsonFaults, OfLimits) {
  EXPECT_EQ(fault_of("[[[]]]", {.depth = 3}), "");
  EXPECT_EQ(fault_of("[[[]]]", {.depth = 2}), "arrays and objects are nested too deep @2");
  EXPECT_EQ(fault_of("{\"a\":{}}", {.depth = 1}), "arrays and objects are nested too deep @5");
  EXPECT_EQ(fault_of("[1,2]", {.members = 2}), "");
  EXPECT_EQ(fault_of("[1,2,3]", {.members = 2}), "an object or array has too many members @5");
  EXPECT_EQ(fault_of(R"({"a":1,"b":1})", {.members = 1}), "an object or array has too many members @7");
  EXPECT_EQ(fault_of("\"abc\"", {.string = 3}), "");
  EXPECT_EQ(fault_of("\"abcd\"", {.string = 3}), "a string is too long @1");
  EXPECT_EQ(fault_of("\"ab\\n\\n\"", {.string = 3}), "a string is too long @1");
  EXPECT_EQ(fault_of("1.2345678901234567890", {.string = 3}), "a number is too long @0");
  EXPECT_EQ(fault_of(std::string(100000, '['), {}), "arrays and objects are nested too deep @32");
}

TEST_F(JsonText, IsReadAgainAndAgainIntoTheSameMemory) {
  read("[1, 2, 3]");
  auto* first = &document.root();
  for (int i = 0; i < 100; ++i) read(R"({"a": ["b", "c", {"d": null}]})");
  EXPECT_EQ(&document.root(), first);
  std::string long_text(60002, 'x');
  long_text.front() = long_text.back() = '"';
  read(long_text);
  document.trim();
  read("[[[[1]]]]");
}

TEST_F(JsonText, LargeTextsHaveRoomForTheirNodes) {
  std::string text = "[";
  for (int i = 0; i < 999; ++i) text += "[],";
  EXPECT_EQ(read(text + "0]").size, 1000u);
  std::string rows = "[";
  for (int i = 0; i < 200; ++i) rows += text + "0],";
  EXPECT_EQ(read(rows + "0]").size, 201u);
  document.trim();
  EXPECT_EQ(read("[1]").size, 1u);
}

}  // namespace
}  // namespace sluice::json
