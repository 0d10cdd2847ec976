#include "http/authority.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::http {
namespace {

TEST(Authority, ReadsHostAndPort) {
  struct Case {
    const char *text, *whole, *host;
    int port;
  };
  Arena arena;
  for (auto c : {Case{"a", "a", "a", 0},
                 {"A.Example", "a.example", "a.example", 0},
                 {"a.:8080", "a.:8080", "a", 8080},
                 {"a:1", "a:1", "a", 1},
                 {"a:65535", "a:65535", "a", 65535},
                 {"a:00080", "a:00080", "a", 80},
                 {"127.0.0.1:80", "127.0.0.1:80", "127.0.0.1", 80},
                 {"[::1]", "[::1]", "[::1]", 0},
                 {"[FE80::A]:443", "[fe80::a]:443", "[fe80::a]", 443},
                 {"[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", 0}}) {
    auto a = parse_authority(c.text, arena);
    ASSERT_TRUE(a) << c.text;
    EXPECT_EQ(a->text, c.whole);
    EXPECT_EQ(a->host, c.host);
    EXPECT_EQ(a->port, c.port);
  }
}

TEST(Authority, Refuses) {
  Arena arena;
  for (auto text :
       {"",      ":80",        "a:",   "a:0",  "a:65536", "a:99999",  "a:100000", "a:x", "a:8 0",
        "a b",   "a@b",        "a..b", ".a",   "a..",     ".",        "[::1",     "[]",  "[1.2.3.4]",
        "[::g]", "[::1%eth0]", "::1",  "a%20", "a/b",     "\xc3\xbc", "a\n",      "*",   "~"})
    EXPECT_FALSE(parse_authority(text, arena)) << text;
  EXPECT_FALSE(parse_authority(std::string_view("[::1\0]", 6), arena));
  EXPECT_TRUE(parse_authority(std::string(255, 'a'), arena));
  EXPECT_FALSE(parse_authority(std::string(256, 'a'), arena));
}

}  // namespace
}  // namespace sluice::http
