#include "proxy/router.hpp"

#include <gmock/gmock.h>

#include "proxy/method_set.hpp"
#include "proxy/routes.hpp"

using namespace sluice;
using namespace sluice::proxy;
using proxy::testing::Routes;
using ::testing::ElementsAre;

namespace {

struct Asking {
  Arena arena;
  Request request{arena};

  explicit Asking(std::string_view target, std::string_view method = "GET", std::string_view host = "") {
    request.method = method_of(method);
    request.method_text = method;
    request.host = request.authority = host;
    auto question = target.find('?');
    request.path = target.substr(0, question);
    request.has_query = question != target.npos;
    if (request.has_query) request.query = target.substr(question + 1);
  }
  Asking&& with(std::string_view name, std::string_view value) && {
    request.fields.add(name, value);
    return std::move(*this);
  }
};

struct RouterTest : ::testing::Test {
  Routes routes;

  // The winner's name with its parameters, "none", or "allow ...".
  std::string ask(Asking&& a, std::string_view listener = "public") {
    auto router = routes.router();
    auto choice = router.choose(a.request, listener, a.arena);
    if (choice.how == Choice::How::none) return "none";
    if (choice.how == Choice::How::method) return "allow " + std::string(choice.allow);
    std::string text = routes.name(choice.rule);
    for (auto& p : choice.parameters) text.append(" ").append(p.name).append("=").append(p.value);
    return text;
  }
  std::string ask(std::string_view target) { return ask(Asking(target)); }
};

}  // namespace

TEST_F(RouterTest, NothingMatchesWithoutRoutes) {
  EXPECT_EQ(ask("/"), "none");
}

TEST_F(RouterTest, AnExactPathIsNothingElse) {
  routes.add("users", "/users");
  routes.add("root", "/");
  EXPECT_EQ(ask("/users"), "users");
  EXPECT_EQ(ask("/users/"), "none");
  EXPECT_EQ(ask("/users/7"), "none");
  EXPECT_EQ(ask("/user"), "none");
  EXPECT_EQ(ask("/"), "root");
}

TEST_F(RouterTest, ATrailingSlashIsAnotherPath) {
  routes.add("with", "/users/");
  routes.add("without", "/users");
  EXPECT_EQ(ask("/users/"), "with");
  EXPECT_EQ(ask("/users"), "without");
}

TEST_F(RouterTest, RestMatchesThePrefixItsSlashAndAllBelow) {
  routes.add("users", "/users/**");
  EXPECT_EQ(ask("/users"), "users");
  EXPECT_EQ(ask("/users/"), "users");
  EXPECT_EQ(ask("/users/7/files"), "users");
  EXPECT_EQ(ask("/usersx"), "none");
}

TEST_F(RouterTest, ANamedRestHasNoLeadingSlash) {
  routes.add("old", "/old/{rest...}");
  EXPECT_EQ(ask("/old"), "old rest=");
  EXPECT_EQ(ask("/old/"), "old rest=");
  EXPECT_EQ(ask("/old/a/b"), "old rest=a/b");
}

TEST_F(RouterTest, ACaptureIsOneSegmentThatIsNotEmpty) {
  routes.add("file", "/users/{id}/files/{name}");
  EXPECT_EQ(ask("/users/7/files/a%2Fb"), "file id=7 name=a%2Fb");
  EXPECT_EQ(ask("/users//files/x"), "none");
  EXPECT_EQ(ask("/users/7/files/"), "none");
  EXPECT_EQ(ask("/users/7/files/x/y"), "none");
}

TEST_F(RouterTest, LiteralOverCaptureOverRestFromTheLeft) {
  routes.add("rest", "/**");
  routes.add("below", "/a/**");
  routes.add("capture", "/a/{x}");
  routes.add("literal", "/a/b");
  routes.add("late", "/{x}/b/c");
  EXPECT_EQ(ask("/a/b"), "literal");
  EXPECT_EQ(ask("/a/c"), "capture x=c");
  EXPECT_EQ(ask("/a/b/c"), "below");
  EXPECT_EQ(ask("/z/b/c"), "late x=z");
  EXPECT_EQ(ask("/z"), "rest");
}

TEST_F(RouterTest, ADeadEndIsLeftAndTheCaptureBesideItTried) {
  routes.add("deep", "/a/b/c/d");
  routes.add("capture", "/a/{x}/c/e");
  routes.add("rest", "/{y}/**");
  EXPECT_EQ(ask("/a/b/c/d"), "deep");
  EXPECT_EQ(ask("/a/b/c/e"), "capture x=b");
  EXPECT_EQ(ask("/a/b/c/f"), "rest y=a");
}

TEST_F(RouterTest, ExactHostOverLongerWildcardOverShorterOverNone) {
  routes.add("any", "/x");
  routes.add("wide", "/x").host("*.example.com");
  routes.add("narrow", "/x").host("*.eu.example.com");
  routes.add("exact", "/x").host("a.eu.example.com");
  auto at = [&](std::string_view host) { return ask(Asking("/x", "GET", host)); };
  EXPECT_EQ(at("a.eu.example.com"), "exact");
  EXPECT_EQ(at("b.eu.example.com"), "narrow");
  EXPECT_EQ(at("c.b.eu.example.com"), "narrow");
  EXPECT_EQ(at("eu.example.com"), "wide");
  EXPECT_EQ(at("example.com"), "any");
  EXPECT_EQ(at(""), "any");
}

TEST_F(RouterTest, AHostWithoutTheRouteFallsBackToTheNextOne) {
  routes.add("own", "/own").host("a.example.com");
  routes.add("shared", "/shared");
  EXPECT_EQ(ask(Asking("/shared", "GET", "a.example.com")), "shared");
}

TEST_F(RouterTest, MoreConditionsOverFewer) {
  routes.add("plain", "/x");
  routes.add("get", "/x").methods({"GET"});
  routes.add("v2", "/x").methods({"GET"}).header("x-v", "2");
  EXPECT_EQ(ask(Asking("/x").with("X-V", "2")), "v2");
  EXPECT_EQ(ask(Asking("/x").with("X-V", "1")), "get");
  EXPECT_EQ(ask(Asking("/x", "PUT")), "plain");
}

TEST_F(RouterTest, GetIncludesHead) {
  routes.add("get", "/x").methods({"GET"});
  EXPECT_EQ(ask(Asking("/x", "HEAD")), "get");
}

TEST_F(RouterTest, AnotherMethodIsToldWhichAreAllowed) {
  routes.add("get", "/x").methods({"GET"});
  routes.add("purge", "/x").methods({"PURGE", "DELETE"});
  EXPECT_EQ(ask(Asking("/x", "POST")), "allow GET, HEAD, DELETE, PURGE");
  EXPECT_EQ(ask(Asking("/x", "PURGE")), "purge");
}

TEST_F(RouterTest, MethodsAreCaseSensitive) {
  routes.add("get", "/x").methods({"GET"});
  EXPECT_EQ(ask(Asking("/x", "get")), "allow GET, HEAD");
}

TEST_F(RouterTest, ALessSpecificRouteTakesTheMethodThatTheOtherDoesNot) {
  routes.add("get", "/x").methods({"GET"});
  routes.add("rest", "/**");
  EXPECT_EQ(ask(Asking("/x", "POST")), "rest");
}

TEST_F(RouterTest, HeadersMatchByTextOrExpressionInAnyLine) {
  routes.add("exact", "/e").header("x-v", "2");
  routes.add("regex", "/r").header_regex("accept", "text/.*");
  EXPECT_EQ(ask(Asking("/e").with("x-V", "1").with("X-v", "2")), "exact");
  EXPECT_EQ(ask(Asking("/e").with("X-V", "22")), "none");
  EXPECT_EQ(ask(Asking("/r").with("Accept", "text/html")), "regex");
  EXPECT_EQ(ask(Asking("/r").with("Accept", "a text/html")), "none") << "expressions are anchored";
}

TEST_F(RouterTest, QueryKeysAndValuesAreDecoded) {
  routes.add("exact", "/e").query("a b", "c&d");
  routes.add("regex", "/r").query_regex("n", "[0-9]+");
  EXPECT_EQ(ask("/e?x=1&a%20b=c%26d"), "exact");
  EXPECT_EQ(ask("/e?a+b=c%26d"), "exact");
  EXPECT_EQ(ask("/e?a+b=c"), "none");
  EXPECT_EQ(ask("/r?n=x&n=42"), "regex");
  EXPECT_EQ(ask("/r?n="), "none");
  EXPECT_EQ(ask("/r"), "none");
}

TEST_F(RouterTest, ARouteMayBelongToAListener) {
  routes.add("internal", "/x").listeners({"internal"});
  EXPECT_EQ(ask(Asking("/x"), "internal"), "internal");
  EXPECT_EQ(ask(Asking("/x"), "public"), "none");
}

TEST_F(RouterTest, PriorityOverridesEverything) {
  routes.add("literal", "/a/b").host("a.example.com");
  routes.add("first", "/**").priority(10);
  routes.add("last", "/a/b").priority(-1);
  EXPECT_EQ(ask(Asking("/a/b", "GET", "a.example.com")), "first");
}

TEST_F(RouterTest, AHigherPriorityThatDoesNotMatchDecidesNothing) {
  routes.add("literal", "/a");
  routes.add("first", "/**").priority(10).header("x-canary", "1");
  EXPECT_EQ(ask("/a"), "literal");
}

TEST_F(RouterTest, APathRegexIsAnchoredAndItsNamedGroupsAreCaptures) {
  routes.add_regex("report", "/reports/(?P<year>[0-9]{4})-(?P<month>[0-9]{2})").priority(1);
  routes.add("rest", "/**");
  EXPECT_EQ(ask("/reports/2024-05"), "report month=05 year=2024");
  EXPECT_EQ(ask("/reports/2024-05/x"), "rest");
  EXPECT_EQ(ask("/x/reports/2024-05"), "rest");
}

struct Preflight : Asking {
  Preflight(std::string_view path, std::string_view method) : Asking(path, "OPTIONS") {
    request.fields.add("Origin", "https://app.example.com");
    request.fields.add("Access-Control-Request-Method", method);
  }
};

TEST_F(RouterTest, APreflightIsMatchedByTheMethodThatItAsksFor) {
  routes.add("put", "/x").methods({"PUT"}).preflight();
  routes.add("purge", "/x").methods({"PURGE"}).preflight();
  routes.add("get", "/y").methods({"GET"});
  EXPECT_EQ(ask(Preflight("/x", "PUT")), "put");
  EXPECT_EQ(ask(Preflight("/x", "PURGE")), "purge");
  EXPECT_EQ(ask(Preflight("/x", "POST")), "allow PUT, PURGE");
  EXPECT_EQ(ask(Preflight("/x", "put")), "allow PUT, PURGE") << "methods are case-sensitive";
  EXPECT_EQ(ask(Preflight("/y", "GET")), "allow GET, HEAD") << "no cors on that route";
}

TEST_F(RouterTest, APreflightComesToNoOtherRouteThanItsRequest) {
  routes.add("secret", "/x").methods({"PUT"});
  routes.add("open", "/**").preflight();
  EXPECT_EQ(ask(Preflight("/x", "GET")), "open");
  EXPECT_EQ(ask(Preflight("/x", "PUT")), "allow PUT") << "the PUT itself would come to a route without cors";
  EXPECT_EQ(ask(Asking("/x", "OPTIONS")), "open") << "what is no preflight is an OPTIONS request";
  auto router = routes.router();
  Preflight asking("/x", "PUT");
  auto e = router.explain(asking.request, "public", asking.arena);
  ASSERT_EQ(e.passed_over.size(), 2u);
  EXPECT_EQ(e.passed_over[0].reason, "has other methods");
  EXPECT_EQ(e.passed_over[1].reason, "answers preflights of its own requests only");
}

TEST_F(RouterTest, APreflightThatNobodyAnswersIsAnOptionsRequest) {
  routes.add("put", "/x").methods({"PUT"});
  routes.add("options", "/x").methods({"OPTIONS"});
  routes.add("answering", "/y").methods({"PUT"}).preflight();
  routes.add("aside", "/y").methods({"OPTIONS"});
  EXPECT_EQ(ask(Preflight("/x", "PUT")), "options");
  EXPECT_EQ(ask(Preflight("/y", "PUT")), "answering") << "whatever stands first in the file";
  EXPECT_EQ(ask(Preflight("/y", "POST")), "aside");
}

TEST_F(RouterTest, ManySiblingsAreOneLookUp) {
  for (int i = 0; i < 5000; ++i) routes.add("r" + std::to_string(i), "/api/s" + std::to_string(i) + "/{id}");
  EXPECT_EQ(ask("/api/s4711/x"), "r4711 id=x");
  EXPECT_EQ(ask("/api/s5000/x"), "none");
}

TEST_F(RouterTest, ExplainSaysWhyAndWhatWasPassedOver) {
  routes.add("users", "/users/{id}").host("*.example.com").methods({"GET"}).header("x-v", "2").priority(3);
  routes.add("canary", "/users/{id}").host("*.example.com").header("x-v", "2").query("c", "1").priority(4);
  auto router = routes.router();
  Asking a("/users/7", "GET", "api.example.com");
  a.request.fields.add("X-V", "2");
  auto e = router.explain(a.request, "public", a.arena);
  ASSERT_EQ(e.choice.how, Choice::How::route);
  EXPECT_THAT(e.reasons,
              ElementsAre("priority 3", "host is *.example.com (wildcard)", "path is /users/{id}, with id=7",
                          "method is one of GET, HEAD", "header x-v = 2"));
  ASSERT_EQ(e.passed_over.size(), 1u);
  EXPECT_EQ(e.passed_over[0].route, "canary");
  EXPECT_EQ(e.passed_over[0].reason, "a query parameter does not match");
}

TEST_F(RouterTest, AWrongExpressionIsABugThatIsTold) {
  routes.add_regex("broken", "(");
  EXPECT_THROW(routes.router(), std::invalid_argument);
}
