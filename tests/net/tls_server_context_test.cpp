#include "net/tls/server_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "net/test_certificates.hpp"
#include "net/tls_pair.hpp"

namespace sluice::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Build {
  TlsNotes notes;
  std::shared_ptr<const TlsServerContext> context;

  explicit Build(const TlsServerSettings& settings)
      : context(TlsServerContext::build(settings, wall_now(), notes)) {}
};

const TestAuthority& authority() {
  static const TestAuthority a;
  return a;
}

IssuedCertificate issue(std::vector<std::string> names, TestKey key = TestKey::ecdsa) {
  return authority().issue({.names = std::move(names), .key = key});
}

TlsServerSettings serving(std::vector<IssuedCertificate> certificates) {
  TlsServerSettings settings{.listener = "public"};
  for (auto& c : certificates)
    settings.certificates.push_back(c.pair("c" + std::to_string(settings.certificates.size())));
  return settings;
}

std::shared_ptr<const TlsServerContext> context_of(const TlsServerSettings& settings) {
  Build built(settings);
  EXPECT_THAT(built.notes.errors, IsEmpty());
  return built.context;
}

std::shared_ptr<TlsEndpoint> endpoint(const std::string& name, TlsClientSettings settings = {}) {
  settings.ca = authority().pem();
  TlsNotes notes;
  return std::make_shared<TlsEndpoint>(TlsClientContext::build(settings, wall_now(), notes), name);
}

// ---- which certificate

TEST(TlsServerContext, SelectsByServerName) {
  auto context = context_of(serving({issue({"DNS:first.example", "DNS:alias.example"}),
                                     issue({"DNS:*.example.com"}), issue({"DNS:www.example.com"})}));
  for (auto* name :
       {"first.example", "alias.example", "a.example.com", "www.example.com", "WWW.Example.COM"}) {
    TlsPair pair(context, endpoint(name));
    EXPECT_TRUE(pair.shake()) << name << ": " << pair.client->fault();
  }
  for (auto* name : {"unknown.example", "a.b.example.com", "example.com"}) {
    TlsPair pair(context, endpoint(name));
    EXPECT_FALSE(pair.shake()) << name;
    EXPECT_STREQ(pair.client->fault(), "hostname mismatch") << name;
  }
}

TEST(TlsServerContext, ServesTheFirstCertificateToUnknownNames) {
  TlsClientSettings lenient{.verify = false};
  auto context = context_of(serving({issue({"DNS:first.example"}), issue({"DNS:second.example"})}));
  TlsPair pair(context, endpoint("nobody.example", lenient));
  ASSERT_TRUE(pair.shake());
  EXPECT_EQ(pair.server->facts().server_name, "nobody.example");
  EXPECT_TRUE(pair.server->serves("first.example"));
  EXPECT_FALSE(pair.server->serves("second.example"));
}

TEST(TlsServerContext, TellsAMisdirectedHost) {
  auto context = context_of(serving({issue({"DNS:a.example", "DNS:b.example"}), issue({"DNS:*.c.example"})}));
  EXPECT_TRUE(context->host_matches("a.example", "a.example"));
  EXPECT_TRUE(context->host_matches("a.example", "b.example"));
  EXPECT_TRUE(context->host_matches("x.c.example", "y.c.example"));
  EXPECT_TRUE(context->host_matches("", "127.0.0.1"));
  EXPECT_TRUE(context->host_matches("", "a.example"));
  EXPECT_FALSE(context->host_matches("a.example", "x.c.example"));
  EXPECT_FALSE(context->host_matches("x.c.example", "x.y.c.example"));
  EXPECT_FALSE(context->host_matches("", "x.c.example"));
}

// What a client without ECDSA, and one without RSA, is shown.
TEST(TlsServerContext, KeepsRsaAndEcdsaSideBySide) {
  auto context =
      context_of(serving({issue({"DNS:both.example"}, TestKey::rsa), issue({"DNS:both.example"})}));
  for (auto [signatures, kind] : {std::pair{"RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA256", EVP_PKEY_EC},
                                  {"ECDSA+SHA256", EVP_PKEY_EC},
                                  {"RSA-PSS+SHA256:RSA+SHA256", EVP_PKEY_RSA}}) {
    PlainClient client;
    SSL_CTX_set1_sigalgs_list(client.context.get(), signatures);
    auto visit = client.visit(context);
    ASSERT_TRUE(visit.done) << signatures << visit.server->fault();
    auto* shown = X509_get0_pubkey(SSL_get0_peer_certificate(visit.ssl.get()));
    EXPECT_EQ(EVP_PKEY_get_base_id(shown), kind);
  }
}

// ---- protocols

TEST(TlsServerContext, AgreesOnAProtocolOrEndsTheHandshake) {
  auto context = context_of(serving({issue({"DNS:a.example"})}));
  TlsPair agreed(context, endpoint("a.example", {.alpn = {"h2", "http/1.1"}}));
  ASSERT_TRUE(agreed.shake());
  EXPECT_EQ(agreed.server->facts().protocol, "http/1.1");
  EXPECT_EQ(agreed.client->facts().protocol, "http/1.1");

  TlsPair refused(context, endpoint("a.example", {.alpn = {"smtp"}}));
  EXPECT_FALSE(refused.shake());
  EXPECT_STREQ(refused.server->fault(), "no application protocol");
  EXPECT_STREQ(refused.client->fault(), "tlsv1 alert no application protocol");

  TlsPair silent(context, endpoint("a.example", {.alpn = {}}));
  ASSERT_TRUE(silent.shake());
  EXPECT_EQ(silent.server->facts().protocol, "");
}

TEST(TlsServerContext, PrefersItsOwnOrderOfProtocols) {
  auto settings = serving({issue({"DNS:a.example"})});
  settings.alpn = {"h2", "http/1.1"};
  TlsPair pair(context_of(settings), endpoint("a.example", {.alpn = {"http/1.1", "h2"}}));
  ASSERT_TRUE(pair.shake());
  EXPECT_EQ(pair.server->facts().protocol, "h2");
}

// ---- client certificates

TlsServerSettings asking(ClientAuth auth) {
  auto settings = serving({issue({"DNS:a.example"})});
  settings.client_ca = authority().pem();
  settings.client_auth = auth;
  return settings;
}

TEST(TlsServerContext, LearnsWhoTheClientIs) {
  auto person = authority().issue({.names = {"DNS:Orders.svc.internal", "URI:spiffe://example/orders",
                                             "IP:10.0.0.7", "email:ann@example.com"},
                                   .common_name = "Orders, \xc3\xbc",
                                   .organization = "Example"});
  TlsPair pair(context_of(asking(ClientAuth::require)),
               endpoint("a.example", {.certificate = person.pair()}));
  ASSERT_TRUE(pair.shake()) << pair.server->fault();
  auto* client = pair.server->facts().client.get();
  ASSERT_TRUE(client);
  EXPECT_EQ(client->subject, "CN=Orders\\, \\C3\\BC,O=Example");
  EXPECT_EQ(client->cn, "Orders, \xc3\xbc");
  EXPECT_THAT(client->dns, ElementsAre("orders.svc.internal"));
  EXPECT_THAT(client->uris, ElementsAre("spiffe://example/orders"));
  EXPECT_THAT(client->email, ElementsAre("ann@example.com"));
  EXPECT_THAT(client->sha256, testing::MatchesRegex("[0-9a-f]{64}"));
  EXPECT_THAT(client->serial, testing::MatchesRegex("[0-9A-F]+"));
  EXPECT_GT(client->not_after, wall_now() + std::chrono::hours(24 * 89));
  EXPECT_EQ(client->shown_to, "");
}

TEST(TlsServerContext, RemembersWhichOfItsOwnNamesItShowed) {
  auto settings = asking(ClientAuth::require);
  settings.certificates = {
      authority().issue({.names = {"DNS:a.example", "URI:spiffe://example/edge"}}).pair()};
  TlsPair pair(context_of(settings),
               endpoint("a.example", {.certificate = authority().issue({.common_name = "ann"}).pair()}));
  ASSERT_TRUE(pair.shake()) << pair.server->fault();
  EXPECT_EQ(pair.server->facts().client->shown_to, "spiffe://example/edge");
}

TEST(TlsServerContext, AsksForAClientCertificate) {
  TestAuthority stranger("Stranger");
  auto unknown = stranger.issue({.common_name = "nobody"}).pair();
  auto expired = authority().issue({.since = std::chrono::hours(48), .until = std::chrono::hours(-1)}).pair();

  TlsPair optional(context_of(asking(ClientAuth::optional)), endpoint("a.example"));
  ASSERT_TRUE(optional.shake());
  EXPECT_FALSE(optional.server->facts().client);

  struct Case {
    ClientAuth auth;
    std::optional<CertificatePair> shown;
    const char* fault;
  };
  for (auto& [auth, shown, fault] :
       {Case{ClientAuth::require, std::nullopt, "peer did not return a certificate"},
        Case{ClientAuth::require, unknown, "unable to get local issuer certificate"},
        Case{ClientAuth::optional, unknown, "unable to get local issuer certificate"},
        Case{ClientAuth::require, expired, "certificate has expired"}}) {
    TlsPair pair(context_of(asking(auth)), endpoint("a.example", {.certificate = shown}));
    EXPECT_FALSE(pair.shake());
    EXPECT_STREQ(pair.server->fault(), fault);
    EXPECT_FALSE(pair.server->facts().client);
  }
}

TEST(TlsServerContext, BelievesNoCertificateThatItDidNotAskFor) {
  auto person = authority().issue({.common_name = "ann"});
  TlsPair pair(context_of(serving({issue({"DNS:a.example"})})),
               endpoint("a.example", {.certificate = person.pair()}));
  ASSERT_TRUE(pair.shake());
  EXPECT_FALSE(pair.server->facts().client);
}

// ---- reload

TEST(TlsServerContext, ConnectionsKeepTheContextTheyBeganWith) {
  auto old = context_of(asking(ClientAuth::optional));
  auto at = endpoint("a.example");
  TlsPair before(old, at), halfway(old, at);
  ASSERT_TRUE(before.shake());
  halfway.client->handshake();
  std::weak_ptr<const TlsServerContext> watched = old;

  old = context_of(serving({issue({"DNS:a.example"})}));
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(before.pass("still here"), "still here");
  EXPECT_TRUE(halfway.shake());
  TlsPair after(old, at);
  EXPECT_TRUE(after.shake());

  before.server.reset();
  halfway.server.reset();
  EXPECT_TRUE(watched.expired());
}

// ---- what certificates say, and what is wrong with them

TEST(TlsServerContext, ListsItsCertificates) {
  auto before = wall_now();
  auto context = context_of(serving({authority().issue(
      {.names = {"DNS:A.example", "IP:127.0.0.1"}, .common_name = "api", .until = std::chrono::hours(48)})}));
  auto& c = context->certificates().front();
  EXPECT_EQ(c.file, "c0.pem");
  EXPECT_EQ(c.subject, "CN=api");
  EXPECT_THAT(c.names, ElementsAre("a.example"));
  EXPECT_FALSE(c.serial.empty());
  EXPECT_GE(c.not_after, before + std::chrono::hours(47));
  EXPECT_LE(c.not_after, before + std::chrono::hours(49));
}

TEST(TlsServerContext, TakesTheCommonNameOnlyWithoutAlternativeNames) {
  auto context =
      context_of(serving({authority().issue({.common_name = "CN.example"}),
                          authority().issue({.names = {"DNS:b.example"}, .common_name = "c.example"}),
                          authority().issue({.names = {"IP:10.0.0.1"}, .common_name = "d.example"})}));
  EXPECT_THAT(context->certificates()[0].names, ElementsAre("cn.example"));
  EXPECT_THAT(context->certificates()[1].names, ElementsAre("b.example"));
  EXPECT_THAT(context->certificates()[2].names, IsEmpty());
}

TEST(TlsServerContext, WarnsOfCertificatesAboutToExpire) {
  using std::chrono::hours;
  auto lasting = [&](hours since, hours until) {
    return authority().issue({.names = {"DNS:a.example"}, .since = since, .until = until});
  };
  for (auto [since, until, warning] : {std::tuple{hours(48), hours(-1), "c0.pem: expired on 20"},
                                       {hours(-1), hours(9999), "c0.pem: not valid before 20"},
                                       {hours(1), hours(13 * 24), "c0.pem: expires on 20"}}) {
    Build built(serving({lasting(since, until)}));
    EXPECT_TRUE(built.context) << warning;
    EXPECT_THAT(built.notes.warnings, ElementsAre(HasSubstr(warning)));
  }
  EXPECT_THAT(Build(serving({lasting(hours(1), hours(15 * 24))})).notes.warnings, IsEmpty());
}

TEST(TlsServerContext, WarnsOfACertificateWithoutUse) {
  Build built(serving({issue({"DNS:a.example", "DNS:b.example"}), issue({"DNS:b.example"})}));
  EXPECT_TRUE(built.context);
  EXPECT_THAT(built.notes.warnings,
              ElementsAre("c1.pem: never used, earlier certificates have all of its names"));
}

TEST(TlsServerContext, NamesTheFileAndWhatIsWrong) {
  TestFolder folder;
  auto good = issue({"DNS:a.example"});
  auto other = issue({"DNS:a.example"});
  auto cert = folder.write("api.pem", good.certificate);
  auto key = folder.write("api.key", good.key);
  auto wrong = folder.write("other.key", other.key);
  auto empty = folder.write("empty.pem", "\n");
  auto secret = make_test_key(TestKey::ecdsa);
  auto locked = folder.write("locked.key", TestAuthority::encrypted_pem_of(*secret, "open sesame"));
  auto broken = folder.write("broken.pem", good.certificate +
                                               "-----BEGIN CERTIFICATE-----\nAAAA\n-----END "
                                               "CERTIFICATE-----\n");
  auto weak = issue({"DNS:a.example"}, TestKey::weak_rsa);
  auto weak_cert = folder.write("weak.pem", weak.certificate);
  auto none = folder.file("none.pem");

  struct Case {
    std::string cert, key;
    std::string message;
  };
  for (auto& c :
       {Case{cert, wrong, cert + ": key does not match certificate (" + wrong + ")"},
        Case{weak_cert, folder.write("weak.key", weak.key), weak_cert + ": ee key too small"},
        Case{none, key, none + ": cannot be read: No such file or directory"},
        Case{folder.file(""), key, folder.file("") + ": cannot be read: Is a directory"},
        Case{empty, key, empty + ": holds no certificate"}, Case{key, key, key + ": holds no certificate"},
        Case{cert, empty, empty + ": holds no private key"},
        Case{cert, cert, cert + ": holds no private key"},
        Case{cert, locked, locked + ": key is encrypted; one without a passphrase is needed"},
        Case{broken, key, broken + ": certificate 2: "}}) {
    TlsServerSettings settings{.listener = "public", .certificates = {{{c.cert, {}}, {c.key, {}}}}};
    Build built(settings);
    EXPECT_FALSE(built.context) << c.message;
    EXPECT_THAT(built.notes.errors, ElementsAre(testing::StartsWith(c.message)));
    EXPECT_EQ(ERR_peek_error(), 0u) << c.message;
  }
}

TEST(TlsServerContext, ReportsEverythingAtOnce) {
  TestFolder folder;
  auto small = folder.write("small.key", "too short");
  TlsServerSettings settings{.listener = "public",
                             .certificates = {{{"/none/a.pem", {}}, {"/none/a.key", {}}}},
                             .client_ca = Pem{"/none/ca.pem", {}},
                             .ticket_key_files = {small, "/none/t.key"}};
  Build built(settings);
  EXPECT_FALSE(built.context);
  EXPECT_THAT(built.notes.errors, ElementsAre("/none/a.pem: cannot be read: No such file or directory",
                                              "/none/a.key: cannot be read: No such file or directory",
                                              "/none/ca.pem: cannot be read: No such file or directory",
                                              small + ": a ticket key has exactly 80 bytes, this file has 9",
                                              "/none/t.key: cannot be read: No such file or directory"));
  EXPECT_THAT(Build(TlsServerSettings{.listener = "public"}).notes.errors,
              ElementsAre("public: no certificate is named"));
}

TEST(TlsServerContext, ReadsFiles) {
  TestFolder folder;
  auto good = issue({"DNS:a.example"}, TestKey::ed25519);
  TlsServerSettings settings{.listener = "public",
                             .certificates = {{{folder.write("a.pem", good.certificate), {}},
                                               {folder.write("a.key", good.key), {}}}},
                             .client_ca = Pem{folder.write("ca.pem", authority().certificate()), {}},
                             .client_auth = ClientAuth::optional,
                             .ticket_key_files = {folder.write("t.key", std::string(80, 'k'))}};
  TlsPair pair(context_of(settings), endpoint("a.example"));
  EXPECT_TRUE(pair.shake()) << pair.server->fault();
}

}  // namespace
}  // namespace sluice::net
