#include "proxy/rewrite.hpp"

#include <gmock/gmock.h>

#include "kit/loop.hpp"

using namespace sluice;
using namespace sluice::proxy;

namespace {

struct RewriteTest : ::testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer;
  Exchange x{loop.worker, arena, peer};
  Route route;
  std::vector<PathParameter> parameters;

  void ask(std::string_view path, std::string_view query = {}) {
    x.request.path = path;
    x.request.query = query;
    x.request.has_query = !query.empty();
  }
  void capture(std::string_view name, std::string_view value) {
    parameters.push_back({name, value});
    x.parameters = parameters;
  }
  static config::Template made_of(std::string_view text) {
    return std::get<config::Template>(config::Template::parse(text));
  }
  std::string target() {
    auto t = target_of(x, route, true);
    if (!t) return t.error().cause;
    return std::string(t->path) + (t->has_query ? "?" + std::string(t->query) : "");
  }
  std::string location(std::string_view to) {
    return std::string(location_of(x, Redirect{made_of(to), 308}));
  }
};

}  // namespace

TEST_F(RewriteTest, WithoutARewriteItIsWhatWasMatched) {
  ask("/a%2Fb", "c=d");
  EXPECT_EQ(target(), "/a%2Fb?c=d");
}

TEST_F(RewriteTest, APrefixIsCutOffAtTheEndOfASegment) {
  route.strip_prefix = "/v1";
  for (auto [path, stripped] :
       {std::pair{"/v1/x", "/x"}, {"/v1", "/"}, {"/v1/", "/"}, {"/v10/x", "/v10/x"}}) {
    ask(path);
    EXPECT_EQ(target(), stripped) << path;
  }
}

TEST_F(RewriteTest, AQueryOfTheTemplateReplacesTheRequests) {
  capture("id", "7");
  ask("/users/7", "a=b");
  route.rewrite = made_of("/people/{id}");
  EXPECT_EQ(target(), "/people/7?a=b");
  route.rewrite = made_of("/people?id={id}");
  EXPECT_EQ(target(), "/people?id=7");
}

TEST_F(RewriteTest, TheResultIsNormalisedAgain) {
  capture("rest", "");
  ask("/old/");
  route.rewrite = made_of("/new//{rest}");
  EXPECT_EQ(target(), "/new/");
}

TEST_F(RewriteTest, CapturesThatMakeNoPathAreRefused) {
  capture("a", "%2E");
  capture("b", "%2F..");
  ask("/x");
  route.rewrite = made_of("/x/..%2F{a}{b}");
  EXPECT_EQ(target(), "rewrite_not_a_path");
}

TEST_F(RewriteTest, ARedirectKeepsTheQueryUnlessItHasOne) {
  capture("rest", "a/b");
  ask("/old/a/b", "q=1");
  EXPECT_EQ(location("/new/{rest}"), "/new/a/b?q=1");
  EXPECT_EQ(location("/new/{rest}?x=1"), "/new/a/b?x=1");
  EXPECT_EQ(location("https://example.org/{rest}"), "https://example.org/a/b?q=1");
}

TEST_F(RewriteTest, ACaptureNeverMakesARedirectLeaveForAnotherHost) {
  capture("rest", "/evil.example/x");
  ask("/old//evil.example/x");
  EXPECT_EQ(location("/{rest}"), "/evil.example/x");
}
