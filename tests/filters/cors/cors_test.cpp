#include "filters/cors/cors.hpp"

#include <gmock/gmock.h>

#include "kit/policy.hpp"

namespace sluice::filters::cors {
namespace {

using testing::HasSubstr;

struct CorsTest : ::testing::Test {
  kit::Loop loop;

  // A browser's questions.
  struct Browser : kit::Asking {
    using Asking::Asking;
    Browser& from(std::string_view origin) {
      x.request.fields.add("Origin", origin);
      return *this;
    }
    Browser& preflight(std::string_view method, std::string_view headers = {}) {
      x.route_name = "r";
      x.request.method = Method::options;
      x.request.method_text = "OPTIONS";
      x.request.fields.add("Access-Control-Request-Method", method);
      if (!headers.empty()) x.request.fields.add("Access-Control-Request-Headers", headers);
      return *this;
    }
  };

  static std::string error(const std::string& settings) {
    return kit::Policy(cors_filter(), settings).errors;
  }
};

const char* const app =
    "{ origins: ['https://app.example', 'https://*.example.org'], methods: [GET, PUT], headers: "
    "[Authorization, X-Team], expose: [X-Total, Link], credentials: true, max_age: 10m }";

TEST_F(CorsTest, APreflightIsAnswered) {
  kit::Policy policy(cors_filter(), app);
  ASSERT_EQ(policy.errors, "");
  EXPECT_EQ(policy.phase, Phase::edge);
  Browser browser(loop);
  EXPECT_EQ(browser.from("https://app.example").preflight("PUT", "authorization").pass(policy),
            Verdict::reply);
  EXPECT_EQ(browser.x.response.status, 204);
  EXPECT_TRUE(browser.x.response.local);
  EXPECT_STREQ(browser.x.response.reason, "preflight");
  EXPECT_FALSE(browser.x.flags.any());
  EXPECT_EQ(browser.sent("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(browser.sent("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(browser.sent("Access-Control-Allow-Methods"), "GET, PUT");
  EXPECT_EQ(browser.sent("Access-Control-Allow-Headers"), "Authorization, X-Team");
  EXPECT_EQ(browser.sent("Access-Control-Max-Age"), "600");
  EXPECT_EQ(browser.sent("Access-Control-Expose-Headers"), "") << "of the answer itself only";
  EXPECT_EQ(browser.sent("Vary"), "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
}

TEST_F(CorsTest, APreflightFromElsewhereIsAnsweredWithoutLeave) {
  kit::Policy policy(cors_filter(), app);
  for (auto origin : {"https://evil.example", "null", "", "https://app.example.evil.example"}) {
    Browser browser(loop);
    EXPECT_EQ(browser.from(origin).preflight("PUT").pass(policy), Verdict::reply) << "it never goes upstream";
    EXPECT_EQ(browser.x.response.status, 204);
    EXPECT_EQ(browser.x.response.fields.size(), 1u) << "Vary alone";
    EXPECT_TRUE(browser.x.response.fields.has(FieldId::vary));
  }
}

TEST_F(CorsTest, NothingIsSaidOfPrivateNetworks) {
  kit::Policy policy(cors_filter(), app);
  Browser browser(loop);
  browser.x.request.fields.add("Access-Control-Request-Private-Network", "true");
  browser.from("https://app.example").preflight("PUT").pass(policy);
  EXPECT_EQ(browser.sent("Access-Control-Allow-Private-Network"), "");
}

TEST_F(CorsTest, OptionsAreAPreflightOnlyWithBothFields) {
  kit::Policy policy(cors_filter(), app);
  Browser plain(loop), asking(loop), get(loop);
  plain.x.request.method = asking.x.request.method = Method::options;
  EXPECT_EQ(plain.from("https://app.example").pass(policy), Verdict::proceed);
  asking.x.request.fields.add("Access-Control-Request-Method", "PUT");
  EXPECT_EQ(asking.pass(policy), Verdict::proceed);
  get.preflight("PUT").from("https://app.example").x.request.method = Method::get;
  EXPECT_EQ(get.pass(policy), Verdict::proceed);
}

TEST_F(CorsTest, WithoutARouteAPreflightIsRefused) {
  kit::Policy policy(cors_filter(), app);
  Browser browser(loop);
  browser.from("https://app.example").preflight("PUT").x.route_name = {};
  EXPECT_EQ(browser.pass(policy), Verdict::proceed) << "to its 404 or 405, which no browser takes for leave";
}

TEST_F(CorsTest, AStarIsAnsweredWithWhatIsAskedFor) {
  kit::Policy policy(cors_filter(),
                     "{ origins: ['https://app.example'], methods: '*', headers: '*', credentials: true }");
  ASSERT_EQ(policy.errors, "");
  Browser browser(loop), odd(loop), none(loop);
  browser.from("https://app.example").preflight("PURGE", "authorization,x-team").pass(policy);
  EXPECT_EQ(browser.sent("Access-Control-Allow-Methods"), "PURGE");
  EXPECT_EQ(browser.sent("Access-Control-Allow-Headers"), "authorization,x-team");
  odd.from("https://app.example").preflight("P R", "a b, c").pass(policy);
  EXPECT_EQ(odd.sent("Access-Control-Allow-Methods"), "") << "no method: nothing of it is repeated";
  EXPECT_EQ(odd.sent("Access-Control-Allow-Headers"), "");
  none.from("https://app.example").preflight("PUT").pass(policy);
  EXPECT_EQ(none.sent("Access-Control-Allow-Headers"), "");
  EXPECT_EQ(none.sent("Access-Control-Max-Age"), "");
}

TEST_F(CorsTest, AnAnswerSaysWhoMayReadIt) {
  kit::Policy policy(cors_filter(), app);
  Browser browser(loop);
  EXPECT_EQ(browser.from("https://a.b.example.org").pass(policy), Verdict::proceed);
  browser.x.response.fields.add("Vary", "Accept-Encoding");
  browser.answer();
  EXPECT_EQ(browser.sent("Access-Control-Allow-Origin"), "https://a.b.example.org");
  EXPECT_EQ(browser.sent("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(browser.sent("Access-Control-Expose-Headers"), "X-Total, Link");
  EXPECT_EQ(browser.sent("Access-Control-Allow-Methods"), "") << "of a preflight only";
  EXPECT_EQ(browser.sent("Vary"), "Accept-Encoding, Origin");
}

TEST_F(CorsTest, ARefusalMayBeReadToo) {
  kit::Policy policy(cors_filter(), app);
  Browser browser(loop);
  browser.from("https://app.example").pass(policy);
  browser.x.refuse(401, "token_missing");
  browser.answer(401);
  EXPECT_EQ(browser.sent("Access-Control-Allow-Origin"), "https://app.example");
}

TEST_F(CorsTest, AnswersForOthersVaryByOriginToo) {
  kit::Policy policy(cors_filter(), app);
  Browser elsewhere(loop), without(loop);
  elsewhere.from("https://evil.example").pass(policy);
  without.pass(policy);
  for (auto* browser : {&elsewhere, &without}) {
    browser->answer();
    EXPECT_EQ(browser->x.response.fields.size(), 1u);
    EXPECT_EQ(browser->sent("Vary"), "Origin");
  }
}

TEST_F(CorsTest, WhatTheUpstreamSaysOfItIsReplaced) {
  kit::Policy policy(cors_filter(), app);
  for (auto origin : {"https://app.example", "https://evil.example"}) {
    Browser browser(loop);
    browser.from(origin).pass(policy);
    auto& fields = browser.x.response.fields;
    fields.add("access-control-allow-origin", "*");
    fields.add("Access-Control-Allow-Origin", "https://evil.example");
    fields.add("Access-Control-Allow-Private-Network", "true");
    fields.add("Access-Control-Expose-Headers", "*");
    fields.add("X-Total", "1");
    browser.answer();
    bool good = origin == std::string_view("https://app.example");
    EXPECT_EQ(browser.sent("Access-Control-Allow-Origin"), good ? origin : "");
    EXPECT_EQ(browser.sent("Access-Control-Allow-Private-Network"), "");
    EXPECT_EQ(browser.sent("Access-Control-Expose-Headers"), good ? "X-Total, Link" : "");
    EXPECT_EQ(browser.sent("X-Total"), "1");
  }
}

TEST_F(CorsTest, ForAllTheAnswerIsTheSameForAll) {
  kit::Policy policy(cors_filter(), "{ origins: '*' }");
  ASSERT_EQ(policy.errors, "");
  Browser one(loop), without(loop), asking(loop);
  one.from("https://a.example").pass(policy);
  without.pass(policy);
  for (auto* browser : {&one, &without}) {
    browser->answer();
    EXPECT_EQ(browser->sent("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(browser->sent("Vary"), "") << "so a cache may keep one answer for everybody";
  }
  asking.from("null").preflight("POST").pass(policy);
  EXPECT_EQ(asking.sent("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(asking.sent("Access-Control-Allow-Methods"), "GET, HEAD, POST");
}

TEST_F(CorsTest, TwoOriginsAreNone) {
  kit::Policy policy(cors_filter(), app);
  Browser actual(loop), asking(loop);
  actual.from("https://app.example").from("https://evil.example").pass(policy);
  actual.answer();
  EXPECT_EQ(actual.sent("Access-Control-Allow-Origin"), "");
  asking.from("https://app.example").from("https://app.example").preflight("PUT").pass(policy);
  EXPECT_EQ(asking.x.response.fields.size(), 1u);
}

TEST_F(CorsTest, CountsWhoHasLeave) {
  kit::Policy policy(cors_filter(), app);
  Browser(loop).from("https://app.example").pass(policy);
  Browser(loop).from("https://evil.example").pass(policy);
  Browser(loop).pass(policy);
  Browser(loop).from("https://app.example").preflight("PUT").pass(policy);
  Browser(loop).from("https://evil.example").preflight("PUT").pass(policy);
  auto text = policy.metrics.text();
  for (auto result : {"allowed", "rejected", "preflight_allowed", "preflight_rejected"})
    EXPECT_THAT(
        text, HasSubstr("sluice_cors_requests_total{policy=\"p\",result=\"" + std::string(result) + "\"} 1"));
}

TEST_F(CorsTest, IsAskedForPreflightsWhenRoutesAreChosen) {
  EXPECT_TRUE(cors_filter().schema.traits.preflight);
  EXPECT_FALSE(cors_filter().schema.traits.decides);
  EXPECT_THAT(error("{ origins: 'https://a.example', mode: shadow }"), HasSubstr("shadow"));
}

TEST_F(CorsTest, ErrorsSayWhatIsWrong) {
  EXPECT_THAT(error("{}"), HasSubstr("missing key 'origins'"));
  EXPECT_THAT(error("{ origins: [] }"), HasSubstr("policies.p.cors.origins: names no origin"));
  EXPECT_THAT(error("{ origins: ['a.example'] }"),
              HasSubstr("policies.p.cors.origins: 'a.example': has no scheme: write 'https://a.example'"));
  EXPECT_THAT(error("{ origins: ['*', 'https://a.example'] }"),
              HasSubstr("'*' is all of them: let it stand alone"));
  EXPECT_THAT(error("{ origins: '*', credentials: true }"),
              HasSubstr("'*' with credentials would let every site act for its visitors: name the origins"));
  EXPECT_THAT(
      error("{ origins: 'null', credentials: true }"),
      HasSubstr("'null' with credentials would let every site act for its visitors, from a sandboxed frame"));
  EXPECT_THAT(error("{ origins: 'https://a.example', expose: '*', credentials: true }"),
              HasSubstr("with credentials a browser takes '*' for a field's name: name the fields"));
  EXPECT_THAT(error("{ origins: 'https://a.example', methods: [patch] }"),
              HasSubstr("methods are case-sensitive: write 'PATCH' for 'patch'"));
  EXPECT_THAT(error("{ origins: 'https://a.example', methods: ['G T'] }"), HasSubstr("'G T' is no method"));
  EXPECT_THAT(error("{ origins: 'https://a.example', methods: [TRACE] }"),
              HasSubstr("no browser lets a script send TRACE"));
  EXPECT_THAT(error("{ origins: 'https://a.example', headers: ['X A'] }"),
              HasSubstr("policies.p.cors.headers: 'X A' is no name of a field"));
  EXPECT_THAT(error("{ origins: 'https://a.example', headers: ['*', X-A] }"),
              HasSubstr("let it stand alone"));
  EXPECT_THAT(error("{ origins: 'https://a.example', expose: ['X:A'] }"),
              HasSubstr("policies.p.cors.expose: 'X:A' is no name of a field"));
}

}  // namespace
}  // namespace sluice::filters::cors
