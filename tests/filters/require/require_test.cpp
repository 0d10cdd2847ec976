#include "filters/require/require.hpp"

#include <gmock/gmock.h>

#include "kit/policy.hpp"

namespace sluice::filters::require {
namespace {

using ::testing::HasSubstr;

// Settings by their schema alone: in a file a route that requires something has to identify somebody too.
struct RequireTest : testing::Test {
  kit::Loop loop;
  telemetry::Metrics metrics{1};
  Keepsakes keepsakes;
  std::vector<std::shared_ptr<Background>> background;
  std::vector<std::string> errors, scopes = {"read", "write"}, roles = {"editor"};
  Claims claims{{{"tier", "silver"}, {"org.units", "a"}, {"org.units", "b"}, {"admin", "true"}}};
  std::string method = "jwt";

  struct Answer {
    std::string outcome, challenge, detail;
    bool flagged;
  };
  Answer ask(const Settings& settings, std::string_view subject = "ann", bool unproven = false) {
    FilterContext context{"p", 1, metrics, keepsakes, background, errors};
    auto filter = require_filter().make(&settings, context);
    kit::Asking asking(loop);
    auto& x = asking.x;
    x.principal.subject = subject;
    x.principal.method = method;
    x.principal.unproven = unproven;
    x.principal.scopes = scopes;
    x.principal.roles = roles;
    x.principal.claims = &claims;
    if (filter->on_request(x).value() == Verdict::proceed) return {"200", "", "", x.flags.any()};
    return {std::to_string(x.response.status) + ' ' + x.response.reason, asking.sent("WWW-Authenticate"),
            std::string(x.problem.detail), x.flags.has(Flag::uaex)};
  }
  static Settings demanding(std::vector<std::string> scopes, std::vector<std::string> roles = {},
                            std::map<std::string, OneOrMany<std::string>> claims = {}) {
    Settings s;
    s.scopes = std::move(scopes);
    s.roles = std::move(roles);
    s.claims = std::move(claims);
    return s;
  }
};

TEST_F(RequireTest, AllOfItIsNeeded) {
  EXPECT_EQ(ask(demanding({"read"})).outcome, "200");
  EXPECT_EQ(ask(demanding({"read", "write"}, {"editor"}, {{"tier", {"gold", "silver"}}})).outcome, "200");
  EXPECT_EQ(ask(demanding({"read", "delete"})).outcome, "403 scope_missing");
  EXPECT_EQ(ask(demanding({"read"}, {"editor", "owner"})).outcome, "403 role_missing");
  EXPECT_EQ(ask(demanding({"read"}, {}, {{"tier", {"gold"}}})).outcome, "403 claim_missing");
  EXPECT_EQ(ask(demanding({"read"}, {}, {{"tier", {"silver"}}, {"plan", {"pro"}}})).outcome,
            "403 claim_missing");
  EXPECT_EQ(ask(demanding({"rea"})).outcome, "403 scope_missing");
  EXPECT_EQ(ask(demanding({"Read"})).outcome, "403 scope_missing");
  EXPECT_EQ(ask(demanding({"read write"})).outcome, "403 scope_missing");
}

TEST_F(RequireTest, AClaimMayHaveSeveralValuesAndBeNoText) {
  EXPECT_EQ(ask(demanding({}, {}, {{"org.units", {"b"}}})).outcome, "200");
  EXPECT_EQ(ask(demanding({}, {}, {{"org.units", {"c"}}})).outcome, "403 claim_missing");
  EXPECT_EQ(ask(demanding({}, {}, {{"org", {"a"}}})).outcome, "403 claim_missing");
  EXPECT_EQ(ask(demanding({}, {}, {{"admin", {"true"}}})).outcome, "200");
  claims = {};
  EXPECT_EQ(ask(demanding({}, {}, {{"admin", {""}}})).outcome, "403 claim_missing");
}

TEST_F(RequireTest, OneOfAnyIsNeededBesides) {
  auto settings = demanding({"read"});
  settings.any = {{{"audit"}, {}, {}}, {{}, {"owner"}, {}}};
  auto neither = ask(settings);
  EXPECT_EQ(neither.outcome, "403 scope_missing");
  EXPECT_EQ(neither.challenge, "Bearer error=\"insufficient_scope\", scope=\"read audit\"");
  roles = {"owner"};
  EXPECT_EQ(ask(settings).outcome, "200");
  settings.scopes = {"none"};
  EXPECT_EQ(ask(settings).challenge, "Bearer error=\"insufficient_scope\", scope=\"none\"");
}

// RFC 6750 §3.1.
TEST_F(RequireTest, TheScopesThatWouldDoAreToldToTokensAlone) {
  auto answer = ask(demanding({"read", "delete"}));
  EXPECT_EQ(answer.challenge, "Bearer error=\"insufficient_scope\", scope=\"read delete\"");
  EXPECT_EQ(answer.detail, "The caller lacks a scope that this needs.");
  EXPECT_TRUE(answer.flagged);
  EXPECT_EQ(ask(demanding({}, {"owner"})).challenge, "");
  for (auto other : {"api_key", "basic_auth", "client_cert"}) {
    method = other;
    auto said = ask(demanding({"delete"}));
    EXPECT_EQ(said.outcome, "403 scope_missing");
    EXPECT_EQ(said.challenge, "");
  }
}

TEST_F(RequireTest, NobodyHasToSayWhoTheyAre) {
  auto nobody = ask(demanding({"read"}), "");
  EXPECT_EQ(nobody.outcome, "401 principal_unknown");
  EXPECT_EQ(nobody.challenge, "Bearer");
  EXPECT_TRUE(nobody.flagged);
  auto unproven = ask(demanding({"read"}), "ann", true);
  EXPECT_EQ(unproven.outcome, "401 principal_unproven") << "identity in shadow proves nothing";
  EXPECT_EQ(ask(demanding({"read"}), "", true).outcome, "401 principal_unproven");
}

TEST_F(RequireTest, CountsWhatItSaid) {
  ask(demanding({"read"}));
  ask(demanding({"none"}));
  ask(demanding({"read"}), "");
  for (auto result : {"granted", "denied", "unknown"})
    EXPECT_THAT(metrics.text(), HasSubstr("sluice_require_requests_total{policy=\"p\",result=\"" +
                                          std::string(result) + "\"} 1"));
}

TEST_F(RequireTest, DemandsThatMeanNothingAreRefused) {
  auto said_of = [](const std::string& settings) { return kit::Policy(require_filter(), settings).errors; };
  EXPECT_THAT(said_of("{}"), HasSubstr("policies.p.require: demands nothing"));
  EXPECT_THAT(said_of("{ any: [{}, { roles: [a] }] }"),
              HasSubstr("policies.p.require.any[0]: demands nothing"));
  EXPECT_THAT(said_of("{ any: [{ roles: [a] }] }"), HasSubstr("a choice of one is none"));
  EXPECT_THAT(said_of("{ scopes: ['a b'] }"), HasSubstr("scopes: 'a b' is no scope"));
  EXPECT_THAT(said_of("{ scopes: ['a\"b'] }"), HasSubstr("is no scope"));
  EXPECT_THAT(said_of("{ roles: [''] }"), HasSubstr("a role has a name"));
  EXPECT_THAT(said_of("{ claims: { tier: [] } }"), HasSubstr("at least one value"));
  EXPECT_THAT(said_of("{ scope: [a] }"), HasSubstr("did you mean 'scopes'?"));
  EXPECT_THAT(said_of("{ scopes: [a] }"),
              HasSubstr("routes.r: 'p' asks who the caller is, and no filter of the route finds out"));
}

}  // namespace
}  // namespace sluice::filters::require
