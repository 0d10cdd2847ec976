#include "filters/validate/schema/pattern.hpp"

#include <gtest/gtest.h>

namespace sluice::filters::validate {
namespace {

bool matches(std::string_view ecma, std::string_view text) {
  std::string error;
  auto p = Pattern::compile(ecma, error);
  EXPECT_TRUE(p) << ecma << ": " << error;
  return p && p->matches(text);
}

std::string error_of(std::string_view ecma) {
  std::string error;
  EXPECT_FALSE(Pattern::compile(ecma, error)) << ecma;
  return error;
}

TEST(Pattern, MeansWhatEcmaScriptMeans) {
  EXPECT_TRUE(matches("b", "abc"));
  EXPECT_FALSE(matches("^b", "abc"));
  EXPECT_FALSE(matches("^a$", "a\n")) << "'$' is the end";
  EXPECT_FALSE(matches("^\\d$", "\u0663"));
  EXPECT_FALSE(matches("^\\w$", "\u00e9"));
  for (auto* space : {" ", "\t", "\v", "\u00a0", "\ufeff", "\u2028", "\u3000"}) {
    EXPECT_TRUE(matches("^\\s$", space)) << space;
    EXPECT_TRUE(matches("^[\\s]$", space)) << space;
    EXPECT_FALSE(matches("^\\S$", space)) << space;
    EXPECT_FALSE(matches("^[\\S]$", space)) << space;
  }
  EXPECT_TRUE(matches("^[\\S]+$", "a\u00e9\U0001f600"));
  EXPECT_FALSE(matches("^.$", "\r"));
  EXPECT_FALSE(matches("^.$", "\u2028"));
  EXPECT_TRUE(matches("^[^]$", "\n"));
  EXPECT_FALSE(matches("[]", "a"));
  EXPECT_TRUE(matches("^\\cJ$", "\n"));
  EXPECT_TRUE(matches("^\\u00e9\\x41\\u{1f600}\\ud83d\\ude00$", "\u00e9A\U0001f600\U0001f600"));
  EXPECT_TRUE(matches("^[\\b]$", "\b"));
  EXPECT_TRUE(matches("^\\p{Letter}\\p{Script=Greek}\\P{Lu}\\p{L}$", "a\u03b1bc"));
  EXPECT_TRUE(matches("^(?<year>[0-9]{4})(?:-)\\/[a-z&&[]$", "2024-/["));
  EXPECT_TRUE(matches("^a{2,}b??c{0}$", "aaab"));
}

TEST(Pattern, SaysWhatItCannotDo) {
  for (auto* look : {"(?=a)", "(?!a)", "(?<=a)", "(?<!a)"})
    EXPECT_EQ(error_of(look), "look-ahead and look-behind cannot be done in bounded time");
  for (auto* back : {"(a)\\1", "(?<n>a)\\k<n>"})
    EXPECT_EQ(error_of(back), "back-references cannot be done in bounded time");
  EXPECT_EQ(error_of("\\Z"), "unknown escape '\\Z'");
  EXPECT_EQ(error_of("\\a"), "unknown escape '\\a'");
  EXPECT_EQ(error_of("(?i)a"), "unknown group '(?'");
  EXPECT_EQ(error_of("a\\"), "a backslash stands at the end");
  EXPECT_EQ(error_of("[a"), "a '[' is not closed");
  EXPECT_EQ(error_of("\\u12"), "hexadecimal digits are expected behind '\\x' or '\\u'");
  EXPECT_NE(error_of("a**"), "");
  EXPECT_NE(error_of("(a"), "");
  EXPECT_NE(error_of("a{1001}"), "");
}

// Two ways to decide the same: the one pass says what RE2 says.
TEST(PlainPattern, AgreesWithRe2) {
  const char* texts[] = {
      "",      "a",      "ab",     "abc",  "a1",      "AB-12", "ABC-1234", "abc-def", "12:34:56",
      "a.b.c", "a b",    "\u00e9", "a\n",  "aaaa",    "a_b",   "-",        "a-",      "0123456789abcdef",
      "ab0c",  "ABCD-1", "x@y",    "ab12", "aB3$%^&", "]",     "a]",       "^a",      "\\"};
  for (auto* ecma : {"^[a-z]+$",
                     "^[A-Z]{3}-[0-9]{4}$",
                     "^[A-Z]{2,3}-\\d+$",
                     "^a?b*c+$",
                     "^[0-9]{2}:[0-9]{2}$",
                     "^\\w+$",
                     "^[a-z]+-[a-z]+$",
                     "^a{2,3}$",
                     "^[a-f0-9]*$",
                     "^$",
                     "^[a-z.]+$",
                     "^[-a]+$",
                     "^[a\\]]+$",
                     "^x@y$",
                     "^[a-zA-Z0-9_]{1,3}$",
                     "^ab[0-9]?c$",
                     "^[0-9a-f]{16}$",
                     "^[0-9a-f]{15}f$",
                     "^[a-z]{7}$",
                     "^[a-z-]{6}f?$",
                     "^[A-Z]{4}-1$"}) {
    auto plain = PlainPattern::compile(ecma);
    ASSERT_TRUE(plain) << ecma;
    std::string error;
    // An alternative that says the same is not plain.
    auto whole = Pattern::compile("(?:" + std::string(ecma) + ")", error);
    ASSERT_TRUE(whole) << ecma;
    for (auto* text : texts) EXPECT_EQ(plain->matches(text), whole->matches(text)) << ecma << ' ' << text;
  }
}

TEST(PlainPattern, LeavesTheRestToRe2) {
  for (auto* ecma :
       {"a", "^a", "a$", "^a|b$", "^(a)$", "^[^a]$", "^.$", "^\\s$", "^a*a$", "^[a-z]+[a-z0-9]$", "^a?b?a$",
        "^a+?$", "^\u00e9$", "^[\u00e9]$", "^\\$", "^a{2}{3}$", "^a**$", "^[a-]$x$", "^[]$"})
    EXPECT_FALSE(PlainPattern::compile(ecma)) << ecma;
}

}  // namespace
}  // namespace sluice::filters::validate
