#include "net/tls/rules.hpp"

#include <new>

namespace sluice::net {
namespace {

// AES-128 first: as strong as anybody needs and the cheapest with hardware; a client that has none says so by
// putting ChaCha20 first, and is heard (SSL_OP_PRIORITIZE_CHACHA).
constexpr auto suites_13 = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
constexpr auto server_suites_12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
// Upstreams are older than browsers: finite-field groups of good size are taken, too.
constexpr auto client_suites_12 = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM";
constexpr auto curves = "X25519:P-256:P-384";
// ECDSA before RSA: where both certificates stand side by side, the cheaper one is used for who knows it.
constexpr auto signatures =
    "ecdsa_secp256r1_sha256:ed25519:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
    "RSA+SHA256:RSA+SHA384:RSA+SHA512";

void set_common(SSL_CTX* c) {
  SSL_CTX_set_security_level(c, 2);
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_ciphersuites(c, suites_13);
  SSL_CTX_set1_groups_list(c, curves);
  SSL_CTX_set1_sigalgs_list(c, signatures);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection gives its record buffers back; reading ahead saves the system call for each record's
  // five-byte head.
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(c, 1);
}

void set_server(SSL_CTX* c) {
  SSL_CTX_set_cipher_list(c, server_suites_12);
  SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_max_early_data(c, 0);
  // Sessions live in tickets alone: nothing to share between workers, nothing to forget.
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(c, 2 * 60 * 60);
}

}  // namespace

SslContextPtr make_tls_context(bool server) {
  SslContextPtr c(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
  if (!c) throw std::bad_alloc();
  set_common(c.get());
  if (server)
    set_server(c.get());
  else
    SSL_CTX_set_cipher_list(c.get(), client_suites_12);
  return c;
}

}  // namespace sluice::net
