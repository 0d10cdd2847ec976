#include "net/tls/rules.hpp"

#include <gtest/gtest.h>

#include "net/test_certificates.hpp"
#include "net/tls_pair.hpp"

namespace sluice::net {
namespace {

std::shared_ptr<const TlsServerContext> serving(TlsVersion least) {
  static const TestAuthority authority;
  static const auto certificate = authority.issue({.names = {"DNS:a.example"}});
  TlsNotes notes;
  TlsServerSettings settings{
      .listener = "public", .certificates = {certificate.pair()}, .min_version = least};
  return TlsServerContext::build(settings, wall_now(), notes);
}

const std::shared_ptr<const TlsServerContext>& context() {
  static const auto made = serving(TlsVersion::v1_2);
  return made;
}

TEST(TlsRules, SpeaksTls12And13) {
  for (auto [version, name, suite] : {std::tuple{TLS1_2_VERSION, "TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"},
                                      {TLS1_3_VERSION, "TLSv1.3", "TLS_AES_128_GCM_SHA256"}}) {
    PlainClient client;
    SSL_CTX_set_max_proto_version(client.context.get(), version);
    auto visit = client.visit(context(), "a.example");
    ASSERT_TRUE(visit.done) << visit.server->fault();
    EXPECT_EQ(visit.server->facts().version, name);
    EXPECT_EQ(visit.server->facts().suite, suite);
    EXPECT_EQ(visit.server->facts().server_name, "a.example");
  }
}

TEST(TlsRules, RefusesOldVersionsAndWeakSuites) {
  struct Case {
    int version;
    const char* suites;
    const char* fault;
  };
  for (auto& [version, suites, fault] :
       {Case{TLS1_VERSION, "DEFAULT@SECLEVEL=0", "unsupported protocol"},
        Case{TLS1_1_VERSION, "DEFAULT@SECLEVEL=0", "unsupported protocol"},
        Case{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA", "no shared cipher"},
        Case{TLS1_2_VERSION, "AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256", "no shared cipher"}}) {
    PlainClient client;
    SSL_CTX_set_min_proto_version(client.context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(client.context.get(), version);
    SSL_CTX_set_cipher_list(client.context.get(), suites);
    auto visit = client.visit(context());
    EXPECT_FALSE(visit.done);
    EXPECT_STREQ(visit.server->fault(), fault) << suites;
  }
}

TEST(TlsRules, HonoursTheLeastVersion) {
  PlainClient client;
  SSL_CTX_set_max_proto_version(client.context.get(), TLS1_2_VERSION);
  EXPECT_STREQ(client.visit(serving(TlsVersion::v1_3)).server->fault(), "unsupported protocol");
}

TEST(TlsRules, HearsAClientThatPrefersChaCha) {
  PlainClient client;
  SSL_CTX_set_ciphersuites(client.context.get(), "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(client.visit(context()).server->facts().suite, "TLS_CHACHA20_POLY1305_SHA256");
  SSL_CTX_set_ciphersuites(client.context.get(), "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(client.visit(context()).server->facts().suite, "TLS_AES_128_GCM_SHA256");
}

TEST(TlsRules, RefusesToRenegotiate) {
  PlainClient client;
  SSL_CTX_set_max_proto_version(client.context.get(), TLS1_2_VERSION);
  auto visit = client.visit(context());
  ASSERT_TRUE(visit.done);
  ASSERT_EQ(SSL_renegotiate(visit.ssl.get()), 1);
  SSL_do_handshake(visit.ssl.get());
  char buffer[64];
  EXPECT_NE(visit.server->receive(buffer).how, Moved::How::bytes);
  EXPECT_NE(SSL_do_handshake(visit.ssl.get()), 1);
  EXPECT_STREQ(take_openssl_reason(), "no renegotiation");
}

}  // namespace
}  // namespace sluice::net
