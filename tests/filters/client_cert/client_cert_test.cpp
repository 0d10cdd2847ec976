#include "filters/client_cert/client_cert.hpp"

#include <gmock/gmock.h>

#include "filters/client_cert/pattern.hpp"
#include "filters/client_cert/xfcc.hpp"
#include "kit/policy.hpp"

namespace sluice::filters::client_cert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ClientCertificate orders() {
  return {.subject = "CN=Orders Service,O=Example",
          .cn = "Orders Service",
          .dns = {"orders.other", "orders.svc.internal"},
          .uris = {"spiffe://example.com/ns/shop/orders"},
          .email = {"orders@example.com"},
          .sha256 = std::string(64, 'a'),
          .serial = "1001",
          .not_after = wall_now() + std::chrono::hours(24),
          .shown_to = "spiffe://example.com/edge"};
}

struct ClientCertTest : testing::Test {
  kit::Loop loop;
  ClientCertificate certificate = orders();

  std::string ask(const std::string& settings) {
    kit::Policy policy(client_cert_filter(), settings);
    if (!policy.filter) return policy.errors;
    kit::Asking asking(loop);
    asking.peer.client_certificate = &certificate;
    return outcome(policy, asking);
  }
  static std::string outcome(const kit::Policy& policy, kit::Asking& asking) {
    if (asking.pass(policy) == Verdict::proceed) return "200 " + std::string(asking.x.principal.subject);
    EXPECT_TRUE(asking.x.flags.has(Flag::uaex));
    return std::to_string(asking.x.response.status) + ' ' + asking.x.response.reason;
  }
};

TEST_F(ClientCertTest, TheCallerIsKnownByTheNameThatIsChosen) {
  EXPECT_EQ(ask("{}"), "200 orders.other");
  EXPECT_EQ(ask("{ principal: san.uri }"), "200 spiffe://example.com/ns/shop/orders");
  EXPECT_EQ(ask("{ principal: san.email }"), "200 orders@example.com");
  EXPECT_EQ(ask("{ principal: subject.cn }"), "200 Orders Service");
  EXPECT_EQ(ask("{ principal: sha256 }"), "200 " + std::string(64, 'a'));
}

TEST_F(ClientCertTest, OfSeveralNamesTheFirstThatIsAllowedCounts) {
  EXPECT_EQ(ask("{ allow: '*.svc.internal' }"), "200 orders.svc.internal");
  EXPECT_EQ(ask("{ allow: [ORDERS.svc.internal] }"), "200 orders.svc.internal");
  EXPECT_EQ(ask("{ allow: [users.svc.internal] }"), "403 certificate_denied");
  EXPECT_EQ(ask("{ principal: san.uri, allow: ['spiffe://example.com/ns/shop/*'] }"),
            "200 spiffe://example.com/ns/shop/orders");
  EXPECT_EQ(ask("{ principal: subject.cn, allow: [orders service] }"), "403 certificate_denied");
  EXPECT_EQ(ask("{ principal: sha256, allow: " + std::string(64, 'A') + " }"), "200 " + std::string(64, 'a'));
}

TEST_F(ClientCertTest, WithoutSuchANameNobodyIsKnown) {
  certificate.dns.clear();
  EXPECT_EQ(ask("{}"), "403 certificate_denied") << "the CN does not stand in for a SAN";
  certificate.cn.clear();
  EXPECT_EQ(ask("{ principal: subject.cn }"), "403 certificate_denied");
}

TEST_F(ClientCertTest, WithoutACertificateThereIsNoChallengeToMeet) {
  kit::Policy policy(client_cert_filter(), "{}");
  kit::Asking asking(loop);
  EXPECT_EQ(outcome(policy, asking), "403 certificate_missing");
  EXPECT_EQ(asking.sent("WWW-Authenticate"), "");
}

TEST_F(ClientCertTest, AConnectionMayOutliveItsCertificate) {
  certificate.not_after = wall_now() - std::chrono::seconds(1);
  EXPECT_EQ(ask("{}"), "403 certificate_expired");
}

TEST_F(ClientCertTest, GivesScopesAndRoles) {
  kit::Policy policy(client_cert_filter(), "{ scopes: [internal], roles: [service] }");
  kit::Asking asking(loop);
  asking.peer.client_certificate = &certificate;
  ASSERT_EQ(asking.pass(policy), Verdict::proceed);
  EXPECT_EQ(asking.x.principal.method, "client_cert");
  EXPECT_THAT(asking.x.principal.scopes, ElementsAre("internal"));
  EXPECT_THAT(asking.x.principal.roles, ElementsAre("service"));
}

TEST_F(ClientCertTest, OnlyItsOwnFieldGoesOn) {
  for (auto settings : {"{}", "{ forward: xfcc }"}) {
    kit::Policy policy(client_cert_filter(), settings);
    for (bool shown : {true, false}) {
      kit::Asking asking(loop);
      if (shown) asking.peer.client_certificate = &certificate;
      asking.x.request.fields.add("X-Forwarded-Client-Cert", "Hash=forged");
      asking.x.request.fields.add("x_forwarded_client_cert", "Hash=forged");
      asking.pass(policy);
      EXPECT_EQ(asking.asked("x_forwarded_client_cert"), "");
      bool made = shown && std::string_view(settings) != "{}";
      EXPECT_EQ(asking.asked("X-Forwarded-Client-Cert"),
                made ? "By=spiffe://example.com/edge;Hash=" + std::string(64, 'a') +
                           ";Subject=\"CN=Orders Service,O=Example\""
                           ";URI=spiffe://example.com/ns/shop/orders;DNS=orders.other;DNS=orders.svc.internal"
                     : "");
    }
  }
}

TEST_F(ClientCertTest, NoNameEndsItsQuotes) {
  certificate.subject = "CN=a\\\",Hash=b\";DNS=\"admin";
  certificate.uris = {"urn:x,y;z=\"1\""};
  certificate.dns = {"plain.example"};
  certificate.shown_to.clear();
  Arena arena;
  EXPECT_EQ(xfcc(certificate, arena), "Hash=" + std::string(64, 'a') +
                                          ";Subject=\"CN=a\\\\\\\",Hash=b\\\";DNS=\\\"admin\"" +
                                          ";URI=\"urn:x,y;z=\\\"1\\\"\";DNS=plain.example");
}

TEST_F(ClientCertTest, CountsWhatItFound) {
  kit::Policy policy(client_cert_filter(), "{ allow: ['*.svc.internal'] }");
  kit::Asking known(loop), nobody(loop);
  known.peer.client_certificate = &certificate;
  known.pass(policy);
  nobody.pass(policy);
  EXPECT_THAT(policy.metrics.text(),
              HasSubstr("sluice_client_cert_requests_total{policy=\"p\",result=\"accepted\"} 1"));
  EXPECT_THAT(policy.metrics.text(), HasSubstr("result=\"missing\"} 1"));
}

TEST_F(ClientCertTest, APatternHasItsAsteriskWhereItMeansSomething) {
  for (auto settings :
       {"{ allow: ['*'] }", "{ allow: ['*.'] }", "{ allow: ['a.*.internal'] }", "{ allow: ['*.*.internal'] }",
        "{ allow: ['or*.internal'] }", "{ allow: [''] }", "{ principal: subject.cn, allow: ['Orders*'] }",
        "{ principal: sha256, allow: ['aa*'] }", "{ principal: san.uri, allow: ['spiffe://example.com*'] }",
        "{ principal: san.uri, allow: ['spiffe://*'] }", "{ principal: san.uri, allow: ['spiffe://x/a*'] }",
        "{ principal: san.uri, allow: ['*'] }"})
    EXPECT_THAT(ask(settings), HasSubstr("is no pattern")) << settings;
  EXPECT_THAT(ask("{ principal: san.ip }"), HasSubstr("expected one of san.dns, san.uri"));
}

TEST(Patterns, MatchOneLabelOrWhatIsBelow) {
  auto dns = *Pattern::parse("*.svc.internal", Name::san_dns);
  EXPECT_TRUE(dns.matches("orders.svc.internal"));
  for (auto other : {"svc.internal", ".svc.internal", "a.b.svc.internal", "ordersxsvc.internal",
                     "orders.svc.internal.evil", "orders.svc.interna"})
    EXPECT_FALSE(dns.matches(other)) << other;
  auto uri = *Pattern::parse("spiffe://x/ns/shop/*", Name::san_uri);
  EXPECT_TRUE(uri.matches("spiffe://x/ns/shop/a/b"));
  for (auto other :
       {"spiffe://x/ns/shop/", "spiffe://x/ns/shop", "spiffe://x/ns/shopping/a",
        "spiffe://x/ns/shop/../admin", "spiffe://x/ns/shop/%2e%2e/admin", "spiffe://X/ns/shop/a"})
    EXPECT_FALSE(uri.matches(other)) << other;
}

}  // namespace
}  // namespace sluice::filters::client_cert
