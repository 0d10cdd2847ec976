#include "filters/security/security.hpp"

#include <gmock/gmock.h>

#include "kit/policy.hpp"

namespace sluice::filters::security {
namespace {

using testing::HasSubstr;

struct SecurityTest : ::testing::Test {
  kit::Loop loop;

  // The answer's lines after the filter, sorted.
  std::vector<std::string> sent(const std::string& settings, std::string_view scheme = "https",
                                std::vector<std::pair<const char*, const char*>> upstream = {}) {
    kit::Policy policy(security_filter(), settings);
    EXPECT_EQ(policy.errors, "");
    EXPECT_EQ(policy.phase, Phase::edge);
    kit::Asking asking(loop);
    asking.x.request.scheme = scheme;
    EXPECT_EQ(asking.pass(policy), Verdict::proceed);
    for (auto [name, value] : upstream) asking.x.response.fields.add(name, value);
    asking.answer();
    std::vector<std::string> lines;
    for (auto& f : asking.x.response.fields)
      lines.push_back(std::string(f.name) + ": " + std::string(f.value));
    std::ranges::sort(lines);
    return lines;
  }
  static std::string error(const std::string& settings) {
    return kit::Policy(security_filter(), settings).errors;
  }
};

using Lines = std::vector<std::string>;

TEST_F(SecurityTest, StrictIsOneWord) {
  EXPECT_EQ(sent("strict"),
            (Lines{"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
                   "Referrer-Policy: no-referrer", "Strict-Transport-Security: max-age=31536000",
                   "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY"}));
}

TEST_F(SecurityTest, HstsIsForTlsOnly) {
  EXPECT_EQ(sent("{ hsts: 365d }"), Lines{"Strict-Transport-Security: max-age=31536000"});
  EXPECT_EQ(sent("{ hsts: 365d }", "http"), Lines{});
  EXPECT_EQ(sent("{ hsts: 365d }", "http", {{"Strict-Transport-Security", "max-age=1"}}), Lines{})
      << "the upstream's neither";
  EXPECT_EQ(sent("{ hsts: { max_age: 400d, subdomains: true, preload: true } }"),
            Lines{"Strict-Transport-Security: max-age=34560000; includeSubDomains; preload"});
  EXPECT_EQ(sent("{ hsts: 0s }"), Lines{"Strict-Transport-Security: max-age=0"}) << "to be forgotten";
}

TEST_F(SecurityTest, EachFieldByItself) {
  EXPECT_EQ(sent("{ frame: SAMEORIGIN }"), Lines{"X-Frame-Options: SAMEORIGIN"});
  EXPECT_EQ(sent("{ nosniff: true }"), Lines{"X-Content-Type-Options: nosniff"});
  EXPECT_EQ(sent("{ referrer: strict-origin-when-cross-origin }"),
            Lines{"Referrer-Policy: strict-origin-when-cross-origin"});
  EXPECT_EQ(sent("{ csp: \"default-src 'self'\" }"), Lines{"Content-Security-Policy: default-src 'self'"});
  EXPECT_EQ(sent("{ permissions: 'camera=()' }"), Lines{"Permissions-Policy: camera=()"});
}

TEST_F(SecurityTest, TheGatewaysWordReplacesTheUpstreams) {
  EXPECT_EQ(sent("{ frame: DENY, remove: [server, X-Powered-By] }", "https",
                 {{"x-frame-options", "ALLOWALL"},
                  {"X-Frame-Options", "SAMEORIGIN"},
                  {"Server", "Apache/2.4.1"},
                  {"x-powered-by", "PHP/5"},
                  {"Referrer-Policy", "origin"},
                  {"Content-Type", "text/plain"}}),
            (Lines{"Content-Type: text/plain", "Referrer-Policy: origin", "X-Frame-Options: DENY"}));
}

TEST_F(SecurityTest, WhatStandsNextToAPresetGoesBefore) {
  EXPECT_EQ(sent("{ preset: strict, csp: off, hsts: off, frame: SAMEORIGIN, remove: [] }", "https",
                 {{"Server", "x"}, {"Content-Security-Policy", "upstream's"}}),
            (Lines{"Content-Security-Policy: upstream's", "Referrer-Policy: no-referrer", "Server: x",
                   "X-Content-Type-Options: nosniff", "X-Frame-Options: SAMEORIGIN"}));
  EXPECT_EQ(
      sent("{ preset: strict, nosniff: false, referrer: off, csp: off, frame: off, permissions: 'usb=()' }",
           "http", {{"Server", "x"}}),
      Lines{"Permissions-Policy: usb=()"});
}

TEST_F(SecurityTest, RefusalsHaveThemToo) {
  kit::Policy policy(security_filter(), "strict");
  kit::Asking asking(loop);
  asking.pass(policy);
  asking.x.refuse(403, "no");
  asking.answer(403);
  EXPECT_EQ(asking.sent("X-Content-Type-Options"), "nosniff");
}

TEST_F(SecurityTest, ErrorsSayWhatIsWrong) {
  EXPECT_THAT(error("{}"),
              HasSubstr("policies.p.security: says nothing: write 'security: strict', or what it "
                        "should send"));
  EXPECT_THAT(error("lax"), HasSubstr("policies.p.security: expected one of strict, found 'lax'"));
  EXPECT_THAT(error("{ frame: deny }"), HasSubstr("expected one of DENY, SAMEORIGIN, or off, found 'deny'"));
  EXPECT_THAT(error("{ referrer: none }"),
              HasSubstr("policies.p.security.referrer: expected one of no-referrer, "));
  EXPECT_THAT(error("{ hsts: 31536000 }"), HasSubstr("expected a duration such as 250ms, 5s, 15m or 24h"));
  EXPECT_THAT(error("{ hsts: { subdomains: true } }"), HasSubstr("missing key 'max_age'"));
  EXPECT_THAT(
      error("{ hsts: { max_age: 30d, preload: true } }"),
      HasSubstr("policies.p.security.hsts.preload: browsers' lists take a host only with 'max_age: 365d' or "
                "more and 'subdomains: true'"));
  EXPECT_THAT(error("{ csp: \"a\\nb\" }"),
              HasSubstr("policies.p.security.csp: is no value that a field can have"));
  EXPECT_THAT(error("{ permissions: '' }"),
              HasSubstr("security.permissions: is no value that a field can have"));
  EXPECT_THAT(error("{ remove: ['a b'] }"),
              HasSubstr("policies.p.security.remove: 'a b' is no name of a field"));
  EXPECT_THAT(error("{ frame: DENY, mode: shadow }"), HasSubstr("shadow"));
}

}  // namespace
}  // namespace sluice::filters::security
