#include "filters/headers/headers.hpp"

#include <gmock/gmock.h>

#include "kit/policy.hpp"

namespace sluice::filters::headers {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct HeadersTest : ::testing::Test {
  kit::Loop loop;
  kit::Asking asking{loop};
  Exchange& x = asking.x;

  void pass(const std::string& settings) {
    policy_ = std::make_unique<kit::Policy>(headers_filter(), settings);
    ASSERT_EQ(policy_->errors, "");
    EXPECT_EQ(policy_->phase, Phase::transform);
    EXPECT_EQ(asking.pass(*policy_), Verdict::proceed);
  }
  static std::string error(const std::string& settings) {
    return kit::Policy(headers_filter(), settings).errors;
  }

 private:
  std::unique_ptr<kit::Policy> policy_;
};

TEST_F(HeadersTest, SetReplacesEveryLine) {
  x.request.fields.add("X-Team", "one");
  x.request.fields.add("x-team", "two");
  x.request.fields.add("Accept", "a");
  pass("{ request: { set: { X-Team: blue, Accept: '*/*', X-New: 1 } } }");
  EXPECT_EQ(asking.asked("X-Team"), "blue");
  EXPECT_EQ(asking.asked("X-New"), "1");
  EXPECT_EQ(x.request.fields.get(FieldId::accept), "*/*") << "known by its id";
  EXPECT_EQ(x.request.fields.size(), 3u);
}

TEST_F(HeadersTest, AddStandsBesideWhatIsThere) {
  x.request.fields.add("X-Team", "one");
  pass("{ request: { add: { X-Team: [two, three], X-Other: four } } }");
  EXPECT_EQ(asking.asked("X-Team"), "one | two | three");
  EXPECT_EQ(asking.asked("X-Other"), "four");
}

TEST_F(HeadersTest, ARequestsFieldsAreTakenOffInAnySpelling) {
  for (auto name : {"X-Debug", "x_debug", "X-DEBUG", "X_User-ID", "x_user_id", "X-Debugger"})
    x.request.fields.add(name, "1");
  pass("{ request: { remove: [x-debug], set: { X-User-ID: ann } } }");
  EXPECT_EQ(x.request.fields.size(), 2u);
  EXPECT_EQ(asking.asked("X-Debugger"), "1");
  EXPECT_EQ(asking.asked("X-User-ID"), "ann");
  EXPECT_EQ(asking.asked("X_User_ID"), "") << "frameworks could not tell it from ours";
}

TEST_F(HeadersTest, AnAnswersFieldsAreTakenOffByTheirNameAlone) {
  pass(
      "{ response: { remove: [X-Debug], set: { Cache-Control: no-store }, add: { Link: ['<a>', '<b>'] } } }");
  x.response.fields.add("x-debug", "1");
  x.response.fields.add("X_Debug", "2");
  x.response.fields.add("Cache-Control", "public");
  x.response.fields.add("Link", "<0>");
  asking.answer();
  EXPECT_EQ(asking.sent("X-Debug"), "");
  EXPECT_EQ(asking.sent("X_Debug"), "2");
  EXPECT_EQ(asking.sent("Cache-Control"), "no-store");
  EXPECT_EQ(asking.sent("Link"), "<0> | <a> | <b>");
  EXPECT_EQ(x.request.fields.size(), 0u);
}

TEST_F(HeadersTest, ValuesAreMadeOfVariables) {
  x.route_name = "users";
  x.id = "0123";
  x.principal.subject = "ann";
  PathParameter parameters[] = {{"id", "42"}};
  x.parameters = parameters;
  x.timeline.start = loop.timers.now() - 1500us;
  x.request.fields.add("X-Tenant", "acme");
  pass(
      "{ request: { set: { X-Who: '{principal.sub} at {header.X-Tenant}', X-Tenant: 'was {header.X-Tenant}' "
      "} }, "
      "response: { set: { X-Route: '{route}/{param.id}', X-Request: '{request.id}', X-By: '{upstream}', "
      "X-Took: '{duration}' } } }");
  EXPECT_EQ(asking.asked("X-Who"), "ann at acme");
  EXPECT_EQ(asking.asked("X-Tenant"), "was acme") << "the value that it replaces";
  x.upstream.name = "backend";
  asking.answer();
  EXPECT_EQ(asking.sent("X-Route"), "users/42");
  EXPECT_EQ(asking.sent("X-Request"), "0123");
  EXPECT_EQ(asking.sent("X-By"), "backend");
  EXPECT_EQ(asking.sent("X-Took"), "0.001500");
}

TEST_F(HeadersTest, WhatComesToNothingIsTakenOff) {
  x.request.fields.add("X-User", "admin");
  x.request.fields.add("x_user", "root");
  pass("{ request: { set: { X-User: '{principal}' }, add: { X-Plan: '{jwt.plan}' } } }");
  EXPECT_EQ(x.request.fields.size(), 0u) << "nobody may name himself where nobody was identified";
}

TEST_F(HeadersTest, NoValueEndsItsLine) {
  x.request.query = "q=a%0d%0aX-Admin:+yes";
  pass("{ request: { set: { X-Query: '{query.q}' } }, response: { add: { X-Query: 'q={query.q}' } } }");
  EXPECT_EQ(asking.asked("X-Query"), "a  X-Admin: yes");
  asking.answer();
  EXPECT_EQ(asking.sent("X-Query"), "q=a  X-Admin: yes");
}

TEST_F(HeadersTest, NoHookIsLeftWhereTheAnswerStaysAsItIs) {
  pass("{ request: { remove: [X-Debug] } }");
  EXPECT_EQ(x.hook_mark(), nullptr);
}

TEST_F(HeadersTest, ARouteMayHaveSeveral) {
  EXPECT_TRUE(headers_filter().schema.traits.repeatable);
  EXPECT_FALSE(headers_filter().schema.traits.decides);
}

TEST_F(HeadersTest, FieldsThatOthersAnswerForAreErrors) {
  for (auto name : {"Content-Length", "transfer-encoding", "Trailer", "content_length"})
    for (auto* side : {"request", "response"})
      EXPECT_THAT(error(std::string("{ ") + side + ": { set: { " + name + ": x } } }"),
                  HasSubstr("'" + std::string(name) + "' frames the message: the gateway writes it"));
  for (auto name : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "HTTP2-Settings"})
    for (auto* side : {"request", "response"})
      EXPECT_THAT(error(std::string("{ ") + side + ": { remove: [" + name + "] } }"),
                  HasSubstr("'" + std::string(name) + "' belongs to one connection: the gateway writes it"));
  for (auto name : {"Forwarded", "X-Forwarded-For", "x_forwarded_host", "X-Forwarded-Proto"})
    EXPECT_THAT(error("{ request: { add: { " + std::string(name) + ": x } } }"),
                HasSubstr("the gateway writes it, and 'trusted_proxies' says whom it believes"));
  EXPECT_THAT(
      error("{ request: { set: { host: x } } }"),
      HasSubstr("policies.p.headers.request.set: 'host' names the upstream's host: 'host' of the upstream "
                "says which"));
  EXPECT_THAT(error("{ request: { remove: [Via] } }"), HasSubstr("'Via' shows the way of a request"));
  EXPECT_THAT(error("{ request: { remove: [Expect, Proxy-Authorization] } }"),
              HasSubstr("'Proxy-Authorization' belongs"));
  EXPECT_EQ(error("{ response: { set: { Via: 1.1 x, Expect: x, Host: x } } }"), "");
}

TEST_F(HeadersTest, ErrorsSayWhatIsWrong) {
  EXPECT_THAT(error("{}"),
              HasSubstr("policies.p.headers: says nothing: name fields under 'request' or 'response'"));
  EXPECT_THAT(error("{ request: {} }"), HasSubstr("says nothing"));
  EXPECT_THAT(error("{ request: { set: { ':path': x } } }"),
              HasSubstr("':path' is a pseudo-header of HTTP/2, not a field"));
  EXPECT_THAT(error("{ response: { add: { 'X A': x } } }"),
              HasSubstr("policies.p.headers.response.add: 'X A' is no name of a field"));
  EXPECT_THAT(error("{ request: { remove: ['X:A'] } }"), HasSubstr("'X:A' is no name of a field"));
  EXPECT_THAT(error("{ request: { set: { X-A: '' } } }"),
              HasSubstr("'X-A' would have no value: list it under 'remove'"));
  EXPECT_THAT(error("{ request: { set: { X-A: \"a\\nb\" } } }"),
              HasSubstr("expected one line of text with {variables}"));
  EXPECT_THAT(error("{ request: { set: { X-A: '{host}' } } }"),
              HasSubstr("expected one line of text with {variables}"));
  for (auto variable : {"duration", "upstream"})
    EXPECT_THAT(
        error("{ request: { add: { X-A: ['a', 'in {" + std::string(variable) + "}'] } } }"),
        HasSubstr("policies.p.headers.request.add: 'X-A' has a variable that is known only once there is an "
                  "answer: 'in {" +
                  std::string(variable) + "}'"));
  EXPECT_THAT(error("{ request: { set: { X-A: b }, remove: [x-a] } }"),
              HasSubstr("policies.p.headers.request.remove: 'x-a' is set as well, which replaces it"));
  EXPECT_THAT(error("{ request: { remove: [X-A] }, mode: shadow }"), HasSubstr("shadow"));
}

}  // namespace
}  // namespace sluice::filters::headers
