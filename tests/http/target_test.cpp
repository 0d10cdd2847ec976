#include "http/target.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sluice::http {
namespace {

using namespace std::string_literals;

std::string normal(std::string_view raw, bool merge = true) {
  Arena arena;
  auto path = normalise_path(raw, merge, arena);
  return path ? std::string(*path) : "! "s + path.error().cause;
}

struct Case {
  const char *raw, *normal;
};

TEST(Target, NormalisesPaths) {
  for (auto c : {Case{"/", "/"},
                 {"/a/b", "/a/b"},
                 {"/%61%2Db", "/a-b"},
                 {"/%7e%5F%2e", "/~_."},
                 {"/%e2%82%ac", "/%E2%82%AC"},
                 {"/a%2fb%5cc", "/a%2Fb%5Cc"},
                 {"/%3a%40%21", "/%3A%40%21"},
                 {"/.", "/"},
                 {"/..", "/"},
                 {"/../..", "/"},
                 {"/../a", "/a"},
                 {"/./a", "/a"},
                 {"/a/.", "/a/"},
                 {"/a/..", "/"},
                 {"/a/b/..", "/a/"},
                 {"/a/b/../", "/a/"},
                 {"/a/b/../c", "/a/c"},
                 {"/a/./b/../../c", "/c"},
                 {"/a/%2e%2E/b", "/b"},
                 {"/a/.%2e/b", "/b"},
                 {"/%2e/a", "/a"},
                 {"/...", "/..."},
                 {"/.a/..b/c.", "/.a/..b/c."},
                 {"/.well-known/x", "/.well-known/x"},
                 {"//", "/"},
                 {"//a///b//", "/a/b/"},
                 {"/a//../b", "/b"},
                 {"/a/;/b", "/a/;/b"},
                 {"/a;x=1/b", "/a;x=1/b"},
                 {"/%25", "/%25"},
                 {"/%252e%252e/a", "/%252e%252e/a"},
                 {"/%252f", "/%252f"},
                 {"/a%20b", "/a%20b"},
                 {"/%0d%0a", "/%0D%0A"},
                 {"/a%2f.b", "/a%2F.b"},
                 {"/a%2f...%2fb", "/a%2F...%2Fb"},
                 {"/%2f", "/%2F"},
                 {"/a%2f%2fb", "/a%2F%2Fb"},
                 {"/%3b..", "/%3B.."},
                 {"/a%3f%23", "/a%3F%23"},
                 {"/0123456789abcdef/0123456789abcdef", "/0123456789abcdef/0123456789abcdef"},
                 {"/0123456789abcde//0123456789abcdef", "/0123456789abcde/0123456789abcdef"},
                 {"/0123456789abcd//0123456789abcdef", "/0123456789abcd/0123456789abcdef"},
                 {"/0123456789abcde/./0123456789abcdef", "/0123456789abcde/0123456789abcdef"}})
    EXPECT_EQ(normal(c.raw), c.normal) << c.raw;
}

TEST(Target, KeepsDoubledSlashesWhenAskedTo) {
  for (auto c : {Case{"//", "//"},
                 {"//a///b//", "//a///b//"},
                 {"/a//../b", "/a/b"},
                 {"/a//..", "/a/"},
                 {"/a/..//b", "//b"},
                 {"//..", "/"},
                 {"//.", "//"}})
    EXPECT_EQ(normal(c.raw, false), c.normal) << c.raw;
}

TEST(Target, RefusesWhatOthersMayReadOtherwise) {
  for (auto c : {Case{"", "path_without_slash"},
                 {"a", "path_without_slash"},
                 {"*", "path_without_slash"},
                 {"/\\", "path_backslash"},
                 {"/a\\..\\b", "path_backslash"},
                 {"/0123456789abcdef\\0123456789abcdef", "path_backslash"},
                 {"/%00", "path_nul"},
                 {"/a%00b", "path_nul"},
                 {"/%", "path_bad_percent"},
                 {"/%4", "path_bad_percent"},
                 {"/%4/", "path_bad_percent"},
                 {"/%/41", "path_bad_percent"},
                 {"/%g1", "path_bad_percent"},
                 {"/%1g", "path_bad_percent"},
                 {"/%%41", "path_bad_percent"},
                 {"/%u0041", "path_bad_percent"},
                 {"/a b", "path_bad_character"},
                 {"/a\tb", "path_bad_character"},
                 {"/a\x7f", "path_bad_character"},
                 {"/\xc3\xbc", "path_bad_character"},
                 {"/a#b", "path_bad_character"},
                 {"/a?b", "path_bad_character"},
                 {"/..;", "path_hidden_dots"},
                 {"/..;/a", "path_hidden_dots"},
                 {"/..;x=1/a", "path_hidden_dots"},
                 {"/a/.;/b", "path_hidden_dots"},
                 {"/a/%2e%2e;/b", "path_hidden_dots"},
                 {"/a/%2e.;b", "path_hidden_dots"},
                 {"/..%2f", "path_hidden_dots"},
                 {"/..%2Fa", "path_hidden_dots"},
                 {"/a%2f..", "path_hidden_dots"},
                 {"/a%2f..%2fb", "path_hidden_dots"},
                 {"/a%5c..%5cb", "path_hidden_dots"},
                 {"/a%2f.", "path_hidden_dots"},
                 {"/.%2fa", "path_hidden_dots"},
                 {"/a%2f%2e%2e", "path_hidden_dots"},
                 {"/%2e%2e%2fa", "path_hidden_dots"},
                 {"/a%2f..;b", "path_hidden_dots"},
                 {"/x/..%5c..%2f", "path_hidden_dots"}})
    EXPECT_EQ(normal(c.raw), "! "s + c.normal) << c.raw;
}

TEST(Target, GivesBackWhatItDoesNotChange) {
  Arena arena;
  for (std::string raw : {"/", "/a/b/c", "/.well-known", "/a%2Fb", "/0123456789/0123456789/0123456789"}) {
    auto path = normalise_path(raw, true, arena);
    ASSERT_TRUE(path);
    EXPECT_EQ(path->data(), raw.data()) << raw;
  }
}

// Paths of the bytes that matter, in every mixture: normal once, normal for ever, and nothing climbs.
TEST(Target, IsIdempotent) {
  constexpr std::string_view parts[] = {"/",   "/", ".",   "..", "a",  "%2e", "%2F", "%5c",
                                        "%41", "%", "%25", ";",  "\\", "%00", "%7E", "2e"};
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string raw = "/";
    for (auto n = random() % 12; n > 0; --n) raw += parts[random() % std::size(parts)];
    bool merge = random() % 2;
    auto once = normal(raw, merge);
    if (once.starts_with('!')) continue;
    ++accepted;
    ASSERT_EQ(normal(once, merge), once) << raw;
    ASSERT_EQ(once.front(), '/');
    ASSERT_EQ((once + '/').find("/../"), std::string::npos) << raw;
    ASSERT_EQ((once + '/').find("/./"), std::string::npos) << raw;
    ASSERT_LE(once.size(), raw.size());
    if (merge) {
      ASSERT_EQ(once.find("//"), std::string::npos) << raw;
    }
  }
  EXPECT_GT(accepted, 10'000);
}

TEST(Target, Splits) {
  auto with = split_target("/a?b?c");
  EXPECT_EQ(with.path, "/a");
  EXPECT_EQ(with.query, "b?c");
  EXPECT_TRUE(with.has_query);
  EXPECT_TRUE(split_target("/a?").has_query);
  EXPECT_FALSE(split_target("/a").has_query);
}

}  // namespace
}  // namespace sluice::http
