// Certificates for tests, made on the spot.
//
//   TestAuthority authority;
//   auto api = authority.issue({.names = {"DNS:api.example.com"}, .key = TestKey::rsa});
//   settings.certificates.push_back(api.pair());
//   client.ca = authority.pem();
#pragma once
#include <openssl/pem.h>

#include <atomic>
#include <cstring>
#include <string>
#include <vector>

#include "net/tls/openssl.hpp"
#include "net/tls/pem.hpp"
#include "sluice/clock.hpp"

namespace sluice::net {

enum class TestKey { ecdsa, rsa, weak_rsa, ed25519 };

inline KeyPtr make_test_key(TestKey kind) {
  if (kind == TestKey::rsa) return KeyPtr(EVP_RSA_gen(2048));
  if (kind == TestKey::weak_rsa) return KeyPtr(EVP_RSA_gen(1024));
  if (kind == TestKey::ed25519) return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  return KeyPtr(EVP_EC_gen("P-256"));
}

struct IssuedCertificate {
  std::string certificate, key;  // PEM

  CertificatePair pair(const std::string& name = "test") const {
    return {{name + ".pem", certificate}, {name + ".key", key}};
  }
};

struct CertificateRequest {
  std::vector<std::string> names = {};  // "DNS:example.com", "IP:127.0.0.1", "URI:spiffe://x"
  std::string common_name = "test";
  std::string organization = "";
  TestKey key = TestKey::ecdsa;
  std::chrono::hours since{1};        // began so long ago
  std::chrono::hours until{24 * 90};  // ends so far ahead; negative: it is over
};

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "Test Authority") : key_(make_test_key(TestKey::ecdsa)) {
    x_ = blank({.common_name = name}, *key_, nullptr);
    extend(*x_, NID_basic_constraints, "critical,CA:TRUE");
    extend(*x_, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(*x_, NID_subject_key_identifier, "hash");
    X509_sign(x_.get(), key_.get(), EVP_sha256());
  }

  std::string certificate() const {
    return written([&](BIO* to) { PEM_write_bio_X509(to, x_.get()); });
  }
  Pem pem() const { return {"authority.pem", certificate()}; }

  IssuedCertificate issue(const CertificateRequest& request) const {
    auto key = make_test_key(request.key);
    auto x = blank(request, *key, X509_get_subject_name(x_.get()));
    std::string names;
    for (auto& n : request.names) names += (names.empty() ? "" : ",") + n;
    if (!names.empty()) extend(*x, NID_subject_alt_name, names.c_str());
    X509_sign(x.get(), key_.get(), EVP_sha256());
    return {written([&](BIO* to) { PEM_write_bio_X509(to, x.get()); }), pem_of(*key)};
  }

  static std::string pem_of(EVP_PKEY& key) {
    return written(
        [&](BIO* to) { PEM_write_bio_PrivateKey(to, &key, nullptr, nullptr, 0, nullptr, nullptr); });
  }
  static std::string encrypted_pem_of(EVP_PKEY& key, const char* passphrase) {
    return written([&](BIO* to) {
      PEM_write_bio_PKCS8PrivateKey(to, &key, EVP_aes_128_cbc(), passphrase,
                                    static_cast<int>(std::strlen(passphrase)), nullptr, nullptr);
    });
  }

 private:
  template <class Write>
  static std::string written(Write write) {
    BioPtr out(BIO_new(BIO_s_mem()));
    write(out.get());
    char* data = nullptr;
    auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  static void add_name(X509_NAME* name, const char* field, const std::string& value) {
    if (!value.empty())
      X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(value.data()),
                                 static_cast<int>(value.size()), -1, 0);
  }

  static X509Ptr blank(const CertificateRequest& request, EVP_PKEY& key, const X509_NAME* issuer) {
    static std::atomic<std::uint64_t> serial = 0x1000;
    X509Ptr x(X509_new());
    X509_set_version(x.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x.get()), ++serial);
    auto now = WallClock::to_time_t(wall_now());
    ASN1_TIME_set(X509_getm_notBefore(x.get()), now - std::chrono::seconds(request.since).count());
    ASN1_TIME_set(X509_getm_notAfter(x.get()), now + std::chrono::seconds(request.until).count());
    auto* subject = X509_get_subject_name(x.get());
    add_name(subject, "O", request.organization);
    add_name(subject, "CN", request.common_name);
    X509_set_issuer_name(x.get(), issuer ? issuer : subject);
    X509_set_pubkey(x.get(), &key);
    return x;
  }

  static void extend(X509& x, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &x, &x, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    X509_add_ext(&x, extension.get(), -1);
  }

  KeyPtr key_;
  X509Ptr x_;
};

}  // namespace sluice::net
