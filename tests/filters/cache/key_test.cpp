#include "filters/cache/key.hpp"

#include <gmock/gmock.h>

#include "kit/allocations.hpp"
#include "kit/loop.hpp"

namespace sluice::filters::cache {
namespace {

struct KeyTest : ::testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer;
  Exchange x{loop.worker, arena, peer};
  Settings settings;

  KeyTest() {
    x.request.scheme = "https";
    x.request.authority = "api.example";
    x.request.path = "/a";
    x.route_name = "r";
  }
  void query(std::string_view text) {
    x.request.query = text;
    x.request.has_query = true;
  }
  std::string key(std::string_view policy = "p") {
    return std::string(KeyMaker(policy, settings).make(x).shared.text);
  }
  std::string url() { return std::string(KeyMaker("p", settings).make(x).shared.url_text()); }
};

TEST_F(KeyTest, BeginsWithTheUrlThatPurgesName) {
  query("b=2&a=1");
  EXPECT_EQ(url(), "https://api.example/a?b=2&a=1");
  EXPECT_EQ(KeyMaker("p", settings).url_of(x.request, arena), url());
  query("");
  EXPECT_EQ(url(), "https://api.example/a?");
  x.request.has_query = false;
  EXPECT_EQ(url(), "https://api.example/a");
  EXPECT_EQ(KeyMaker("p", settings).url_of(x.request, http::split_target("/b?c"), arena),
            "https://api.example/b?c");
}

TEST_F(KeyTest, EachPartMakesItAnother) {
  std::set<std::string> keys{key()};
  x.request.scheme = "http";
  keys.insert(key());
  x.request.authority = "other.example";
  keys.insert(key());
  x.request.path = "/b";
  keys.insert(key());
  query("a");
  keys.insert(key());
  x.route_name = "s";
  keys.insert(key());
  keys.insert(key("q"));
  settings.key.headers = {"X-A"};
  keys.insert(key());
  x.request.fields.add("X-A", "");
  keys.insert(key());
  settings.key.sort_query = true;
  keys.insert(key());
  EXPECT_EQ(keys.size(), 10u);
}

TEST_F(KeyTest, TheMethodIsNone) {
  auto get = key();
  x.request.method = Method::head;
  EXPECT_EQ(key(), get);
}

TEST_F(KeyTest, KeepsDropsAndSortsParameters) {
  query("b=2&utm=x&a=1&%62=3");
  settings.key.query = {{"b"}};
  EXPECT_EQ(url(), "https://api.example/a?b=2&%62=3");
  settings.key.query = {};
  settings.key.query.reset();
  settings.key.ignore_query = {"b"};
  EXPECT_EQ(url(), "https://api.example/a?utm=x&a=1");
  settings.key.ignore_query = {"utm"};
  settings.key.sort_query = true;
  EXPECT_EQ(url(), "https://api.example/a?%62=3&a=1&b=2");
  query("z=2&y&z=1");
  EXPECT_EQ(url(), "https://api.example/a?y&z=2&z=1") << "those of one name keep their order";
  query("utm=1");
  EXPECT_EQ(url(), "https://api.example/a") << "as if there was none";
}

TEST_F(KeyTest, NothingOfTheQueryCountsWhereNothingIsKept) {
  settings.key.query.emplace();
  query("a=1");
  EXPECT_EQ(url(), "https://api.example/a");
}

TEST_F(KeyTest, NoValueLooksLikeTheNextPart) {
  settings.key.headers = {"X-A", "X-B"};
  std::set<std::string> keys;
  for (auto [a, b] : {std::pair("1", "2"), {"12", ""}, {"", "12"}, {"1, 2", "3"}, {"1", "2, 3"}}) {
    x.request.fields.clear();
    x.request.fields.add("X-A", a);
    x.request.fields.add("X-B", b);
    keys.insert(key());
  }
  EXPECT_EQ(keys.size(), 5u);
  x.request.fields.clear();
  auto none = key();
  x.request.fields.add("x-a", "");
  EXPECT_NE(key(), none) << "an empty one is there";
}

TEST_F(KeyTest, LinesOfAFieldAreOneList) {
  settings.key.headers = {"X-A"};
  x.request.fields.add("X-A", "1, 2");
  auto one = key();
  x.request.fields.clear();
  x.request.fields.add("X-A", "1");
  x.request.fields.add("x-a", "2");
  EXPECT_EQ(key(), one);
}

TEST_F(KeyTest, CookiesByName) {
  settings.key.cookies = {"theme"};
  x.request.fields.add("Cookie", "session=1; theme=dark");
  auto dark = key();
  EXPECT_EQ(dark.find("session"), std::string::npos);
  x.request.fields.clear();
  x.request.fields.add("Cookie", "theme=dark; session=2");
  EXPECT_EQ(key(), dark);
  x.request.fields.clear();
  x.request.fields.add("Cookie", "theme=light");
  EXPECT_NE(key(), dark);
}

TEST_F(KeyTest, SaysWhatItConsistsOf) {
  EXPECT_EQ(
      KeyMaker("p", settings).describe(),
      "method, scheme, authority, path, query, policy, route, principal unless the answer is for everybody");
  settings.key.query = {{"page", "size"}};
  settings.key.sort_query = true;
  settings.key.headers = {"Accept-Language"};
  settings.key.cookies = {"theme"};
  settings.shared = true;
  EXPECT_EQ(
      KeyMaker("p", settings).describe(),
      "method, scheme, authority, path, of the query page size (in any order), field Accept-Language, cookie "
      "theme, policy, route");
}

TEST_F(KeyTest, IsMadeWithoutTheHeap) {
  if (!SLUICE_COUNTS_ALLOCATIONS) GTEST_SKIP();
  settings.key.ignore_query = {"utm"};
  settings.key.sort_query = true;
  settings.key.headers = {"X-A"};
  settings.key.cookies = {"theme"};
  x.principal = {.subject = "ann", .method = "jwt"};
  query("b=2&utm=x&a=1");
  KeyMaker maker("p", settings);
  for (int i = 0; i < 3; ++i) {
    maker.make(x);
    arena.reset();
  }
  auto before = kit::allocations();
  maker.make(x);
  EXPECT_EQ(kit::allocations() - before, 0u);
}

}  // namespace
}  // namespace sluice::filters::cache
