#include "net/tls/client_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/test_certificates.hpp"
#include "net/tls_pair.hpp"

namespace sluice::net {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

const TestAuthority& authority() {
  static const TestAuthority a;
  return a;
}

std::shared_ptr<const TlsServerContext> serving(const CertificateRequest& request) {
  TlsNotes notes;
  auto context = TlsServerContext::build(
      {.listener = "public", .certificates = {authority().issue(request).pair()}}, wall_now(), notes);
  for (auto& e : notes.errors) ADD_FAILURE() << e;
  return context;
}

std::shared_ptr<const TlsClientContext> trusting(TlsClientSettings settings = {}) {
  if (!settings.ca) settings.ca = authority().pem();
  TlsNotes notes;
  auto context = TlsClientContext::build(settings, wall_now(), notes);
  for (auto& e : notes.errors) ADD_FAILURE() << e;
  return context;
}

// Empty: the handshake was done.
std::string fault_of(const std::shared_ptr<const TlsServerContext>& server,
                     const std::shared_ptr<const TlsClientContext>& client, const std::string& name) {
  TlsPair pair(server, std::make_shared<TlsEndpoint>(client, name));
  return pair.shake() ? "" : pair.client->fault();
}

TEST(TlsClientContext, VerifiesTheName) {
  auto server = serving({.names = {"DNS:users.internal", "DNS:*.svc.internal", "IP:10.0.0.7", "IP:fd00::7"}});
  for (auto* name : {"users.internal", "USERS.internal", "users.internal.", "a.svc.internal", "10.0.0.7",
                     "fd00::7", "[fd00::7]"})
    EXPECT_EQ(fault_of(server, trusting(), name), "") << name;
  for (auto* name : {"orders.internal", "a.b.svc.internal", "svc.internal"})
    EXPECT_EQ(fault_of(server, trusting(), name), "hostname mismatch") << name;
  for (auto* name : {"10.0.0.8", "::1"})
    EXPECT_EQ(fault_of(server, trusting(), name), "IP address mismatch") << name;
}

TEST(TlsClientContext, VerifiesTheChain) {
  TestAuthority another("Another");
  auto fine = serving({.names = {"DNS:users.internal"}});
  auto expired = serving({.names = {"DNS:users.internal"}, .until = std::chrono::hours(-1)});
  auto future = serving({.names = {"DNS:users.internal"}, .since = std::chrono::hours(-1)});
  EXPECT_EQ(fault_of(fine, trusting({.ca = another.pem()}), "users.internal"),
            "unable to get local issuer certificate");
  EXPECT_EQ(fault_of(expired, trusting(), "users.internal"), "certificate has expired");
  EXPECT_EQ(fault_of(future, trusting(), "users.internal"), "certificate is not yet valid");
}

TEST(TlsClientContext, TrustsTheSystemWithoutAFile) {
  TlsNotes notes;
  auto client = TlsClientContext::build({}, wall_now(), notes);
  ASSERT_TRUE(client);
  EXPECT_EQ(fault_of(serving({.names = {"DNS:users.internal"}}), client, "users.internal"),
            "unable to get local issuer certificate");
}

TEST(TlsClientContext, TakesAnythingWhereToldNotToVerify) {
  TestAuthority another("Another");
  auto careless = trusting({.ca = another.pem(), .verify = false});
  EXPECT_EQ(
      fault_of(serving({.names = {"DNS:x"}, .until = std::chrono::hours(-1)}), careless, "users.internal"),
      "");
}

TEST(TlsClientContext, SendsTheNameButNoAddress) {
  auto server = serving({.names = {"DNS:users.internal", "IP:10.0.0.7"}});
  for (auto [name, seen] : {std::pair{"users.internal", "users.internal"}, {"10.0.0.7", ""}}) {
    TlsPair pair(server, std::make_shared<TlsEndpoint>(trusting(), name));
    ASSERT_TRUE(pair.shake());
    EXPECT_EQ(pair.server->facts().server_name, seen);
  }
}

TEST(TlsClientContext, KeepsAFewSessions) {
  auto server = serving({.names = {"DNS:users.internal"}});
  auto endpoint = std::make_shared<TlsEndpoint>(trusting(), "users.internal");
  auto resumed = [&] {
    TlsPair pair(server, endpoint);
    EXPECT_TRUE(pair.shake());
    pair.take_tickets();
    return pair.client->facts().resumed;
  };
  EXPECT_FALSE(resumed());
  EXPECT_TRUE(resumed());
  EXPECT_TRUE(resumed());
  auto other = std::make_shared<TlsEndpoint>(trusting(), "users.internal");
  std::swap(endpoint, other);
  EXPECT_FALSE(resumed());
}

// Three connections at once find two tickets of TLS 1.3: each is used once.
TEST(TlsClientContext, UsesATicketOnce) {
  auto server = serving({.names = {"DNS:users.internal"}});
  auto endpoint = std::make_shared<TlsEndpoint>(trusting(), "users.internal");
  {
    TlsPair first(server, endpoint);
    ASSERT_TRUE(first.shake());
    first.take_tickets();
  }
  TlsPair a(server, endpoint), b(server, endpoint), c(server, endpoint);
  ASSERT_TRUE(a.shake() && b.shake() && c.shake());
  EXPECT_EQ(a.client->facts().resumed + b.client->facts().resumed + c.client->facts().resumed, 2);
}

TEST(TlsClientContext, NamesTheFileAndWhatIsWrong) {
  auto one = authority().issue({});
  auto two = authority().issue({});
  TlsNotes notes;
  EXPECT_FALSE(TlsClientContext::build({.ca = Pem{"/none/ca.pem"}}, wall_now(), notes));
  EXPECT_FALSE(TlsClientContext::build(
      {.certificate = CertificatePair{{"c.pem", one.certificate}, {"c.key", two.key}}}, wall_now(), notes));
  EXPECT_THAT(notes.errors, ElementsAre("/none/ca.pem: cannot be read: No such file or directory",
                                        "c.pem: key does not match certificate (c.key)"));
}

TEST(TlsClientContext, DescribesItsCertificate) {
  auto old = authority().issue({.common_name = "gateway", .until = std::chrono::hours(-1)});
  TlsNotes notes;
  auto context = TlsClientContext::build({.certificate = old.pair("c")}, wall_now(), notes);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->certificate()->subject, "CN=gateway");
  EXPECT_THAT(notes.warnings, ElementsAre(StartsWith("c.pem: expired on ")));
}

}  // namespace
}  // namespace sluice::net
