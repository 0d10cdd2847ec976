#include "config/route_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

struct Made {
  Route route;

  explicit Made(std::string_view path) {
    route.match.pattern = std::get<PathPattern>(PathPattern::parse(path));
  }
  static Made regex(std::string text) {
    Made m("/**");
    m.route.match.path_regex = std::move(text);
    return m;
  }
  Made host(std::string name) && { return route.match.host = std::move(name), std::move(*this); }
  Made priority(int p) && { return route.priority = p, std::move(*this); }
  Made methods(std::vector<std::string> m) && { return route.match.methods = std::move(m), std::move(*this); }
  Made listeners(std::vector<std::string> l) && { return route.listeners = std::move(l), std::move(*this); }
  Made header(std::string name, std::string value) && {
    return route.match.headers[std::move(name)].exact = std::move(value), std::move(*this);
  }
  Made header_regex(std::string name, std::string value) && {
    return route.match.headers[std::move(name)].regex = std::move(value), std::move(*this);
  }
  Made query(std::string key, std::string value) && {
    return route.match.query[std::move(key)].exact = std::move(value), std::move(*this);
  }
};

Made on(std::string_view path) {
  return Made(path);
}

void expect_wins(const Made& winner, const Made& loser) {
  EXPECT_TRUE(may_meet(winner.route, loser.route));
  EXPECT_TRUE(may_meet(loser.route, winner.route));
  EXPECT_EQ(compare(winner.route, loser.route), Order::first);
  EXPECT_EQ(compare(loser.route, winner.route), Order::second);
}

void expect_conflict(const Made& a, const Made& b) {
  EXPECT_TRUE(may_meet(a.route, b.route));
  EXPECT_TRUE(may_meet(b.route, a.route));
  EXPECT_EQ(compare(a.route, b.route), Order::tie);
  EXPECT_EQ(compare(b.route, a.route), Order::tie);
  std::array routes = {NamedRoute{"a", &a.route}, NamedRoute{"b", &b.route}};
  EXPECT_THAT(conflicts(routes), ElementsAre(Pair(0, 1)));
  std::array turned = {NamedRoute{"b", &b.route}, NamedRoute{"a", &a.route}};
  EXPECT_THAT(conflicts(turned), ElementsAre(Pair(0, 1)));
}

void expect_apart(const Made& a, const Made& b) {
  EXPECT_FALSE(may_meet(a.route, b.route));
  EXPECT_FALSE(may_meet(b.route, a.route));
  std::array routes = {NamedRoute{"a", &a.route}, NamedRoute{"b", &b.route}};
  EXPECT_THAT(conflicts(routes), IsEmpty());
}

TEST(RouteOrder, ExactHostBeatsWildcardBeatsNone) {
  expect_wins(on("/**").host("a.example.com"), on("/x").host("*.example.com"));
  expect_wins(on("/**").host("a.example.com"), on("/x"));
  expect_wins(on("/**").host("*.example.com"), on("/x"));
}

TEST(RouteOrder, LongerWildcardBeatsShorter) {
  expect_wins(on("/**").host("*.api.example.com"), on("/x").host("*.example.com"));
}

TEST(RouteOrder, LiteralBeatsCaptureBeatsRestFromTheLeft) {
  expect_wins(on("/users/me"), on("/users/{id}"));
  expect_wins(on("/users/{id}"), on("/users/**"));
  expect_wins(on("/users/me"), on("/users/**"));
  expect_wins(on("/users/{id}/a/**"), on("/{any}/x/a/b"));
  expect_wins(on("/a/{b}/**"), on("/a/**"));
  expect_wins(on("/a/{rest...}"), on("/**"));
}

TEST(RouteOrder, TheEndBeatsTheRest) {
  expect_wins(on("/users"), on("/users/**"));
  expect_wins(on("/users/"), on("/users/**"));
  expect_wins(on("/"), on("/**"));
}

TEST(RouteOrder, MoreConditionsBeatFewer) {
  expect_wins(on("/x").methods({"GET"}), on("/x"));
  expect_wins(on("/x").methods({"GET"}).header("x-v", "2"), on("/x").methods({"GET"}));
  expect_wins(on("/x").query("a", "1").header("x-v", "2"), on("/x").header("x-v", "2"));
  expect_wins(on("/x").listeners({"web"}), on("/x"));
  expect_wins(on("/x"), on("/{y}").methods({"GET"}).header("x-v", "2"));
}

TEST(RouteOrder, PriorityOverridesEverything) {
  expect_wins(on("/**").priority(1), on("/x").host("a").methods({"GET"}));
  expect_wins(on("/x"), on("/x").priority(-1));
  expect_wins(Made::regex("/x.*").priority(1), on("/x/y"));
}

TEST(RouteOrder, TheSameIsAConflict) {
  expect_conflict(on("/users/{id}"), on("/users/{name}"));
  expect_conflict(on("/users/**"), on("/users/{rest...}"));
  expect_conflict(on("/x").methods({"GET"}), on("/x").methods({"POST", "HEAD"}));
  expect_conflict(on("/x").methods({"GET"}), on("/x").header("x-v", "2"));
  expect_conflict(on("/x").header("x-a", "1"), on("/x").query("a", "1"));
  expect_conflict(on("/x").host("a"), on("/x").host("a"));
  expect_conflict(on("/x").listeners({"web", "ops"}), on("/x").listeners({"ops"}));
}

TEST(RouteOrder, OtherPathsNeverMeet) {
  expect_apart(on("/users"), on("/users/"));
  expect_apart(on("/users"), on("/Users"));
  expect_apart(on("/users"), on("/users/{id}"));
  expect_apart(on("/users/{id}"), on("/users/"));
  expect_apart(on("/users/{id}/a"), on("/users/{id}/b"));
  expect_apart(on("/a/{b}/**"), on("/a"));
}

TEST(RouteOrder, CapturesCrossWithLiterals) {
  EXPECT_TRUE(may_meet(on("/{a}/b").route, on("/a/{b}").route));
  expect_wins(on("/a/{b}"), on("/{a}/b"));
}

TEST(RouteOrder, OtherConditionsNeverMeet) {
  expect_apart(on("/x").host("a"), on("/x").host("b"));
  expect_apart(on("/x").host("example.com"), on("/x").host("*.example.com"));
  expect_apart(on("/x").host("*.a.com"), on("/x").host("*.b.com"));
  expect_apart(on("/x").host("aexample.com"), on("/x").host("*.example.com"));
  expect_apart(on("/x").methods({"GET"}), on("/x").methods({"POST"}));
  expect_apart(on("/x").listeners({"web"}), on("/x").listeners({"ops"}));
  expect_apart(on("/x").header("x-v", "1"), on("/x").header("x-v", "2"));
  expect_apart(on("/x").query("a", "1"), on("/x").query("a", "2"));
  expect_apart(on("/x").header("x-v", "1").query("a", "1"), on("/x").header("x-v", "2").query("a", "1"));
}

TEST(RouteOrder, ARegexIsTriedOnAnExactValue) {
  expect_apart(on("/x").header("x-v", "abc"), on("/x").header_regex("x-v", "[0-9]+"));
  expect_conflict(on("/x").header("x-v", "123"), on("/x").header_regex("x-v", "[0-9]+"));
  expect_conflict(on("/x").header_regex("x-v", "a+"), on("/x").header_regex("x-v", "b+"));
}

TEST(RouteOrder, PathRegexesTie) {
  expect_conflict(Made::regex("/a/[0-9]+"), Made::regex("/a/[a-z]+"));
  expect_conflict(Made::regex("/a/.*"), on("/a/{id}"));
  expect_conflict(Made::regex("/a/.*").methods({"GET"}), on("/a/**"));
  expect_conflict(Made::regex("/a/b"), on("/a/b"));
  expect_conflict(Made::regex(".*"), on("/a/b"));
}

TEST(RouteOrder, APathRegexThatCannotMatchIsApart) {
  expect_apart(Made::regex("/a/[0-9]+"), on("/a/b"));
  expect_apart(Made::regex("/a/[0-9]+"), on("/b/{id}"));
  expect_apart(Made::regex("/a/[0-9]+"), on("/b/**"));
  expect_apart(Made::regex("/a/[0-9]+").methods({"GET"}), on("/a/{id}").methods({"PUT"}));
}

TEST(RouteOrder, HostDecidesAlsoForRegexes) {
  expect_wins(Made::regex("/a.*").host("a"), on("/a/b"));
  expect_wins(Made::regex("/a.*").methods({"GET"}), Made::regex("/a.*"));
  expect_wins(Made::regex("/a.*").methods({"GET"}), Made::regex("/.*b"));
}

TEST(RouteOrder, FindsEveryConflictAmongMany) {
  std::vector<Made> made;
  for (int i = 0; i < 200; ++i) made.push_back(on("/s" + std::to_string(i % 100) + "/{id}"));
  made.push_back(Made::regex("/s7/.*"));
  std::vector<NamedRoute> routes;
  for (auto& m : made) routes.push_back({"r", &m.route});
  auto found = conflicts(routes);
  EXPECT_EQ(found.size(), 102u);
  EXPECT_TRUE(std::ranges::is_sorted(found));
  EXPECT_EQ(found[0], (std::pair<std::size_t, std::size_t>(0, 100)));
}

// compare() has to be a strict weak order for the router to sort by it.
TEST(RouteOrder, IsTransitiveWithoutRegexes) {
  std::vector<Made> all;
  for (auto path : {"/", "/**", "/a", "/a/", "/a/b", "/a/{x}", "/{x}/b", "/{x}/{y}", "/a/**", "/{x}/**"})
    for (auto host : {"", "*.c.d", "b.c.d"})
      for (int priority : {0, 1}) {
        all.push_back(on(path).priority(priority));
        if (*host) all.back().route.match.host = host;
        if (priority) all.back().route.match.methods = {"GET"};
      }
  auto wins = [](const Made& a, const Made& b) { return compare(a.route, b.route) == Order::first; };
  for (auto& a : all)
    for (auto& b : all)
      for (auto& c : all) ASSERT_TRUE(!wins(a, b) || !wins(b, c) || wins(a, c));
}

}  // namespace
}  // namespace sluice::config
