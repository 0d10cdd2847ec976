#include "net/tls/self_signed.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>

#include <new>

namespace sluice::net {
namespace {

constexpr auto validity = std::chrono::days(397);
constexpr auto clock_skew = std::chrono::hours(1);

// Without memory or randomness there is no certificate, and nothing else either.
void require(bool good) {
  if (!good) throw std::bad_alloc();
}

void set_validity(X509& x, WallPoint now) {
  auto from = WallClock::to_time_t(now - clock_skew);
  auto until = WallClock::to_time_t(now + validity);
  require(ASN1_TIME_set(X509_getm_notBefore(&x), from) && ASN1_TIME_set(X509_getm_notAfter(&x), until));
}

void set_names(X509& x) {
  auto* name = X509_get_subject_name(&x);
  auto* text = reinterpret_cast<const unsigned char*>("localhost");
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1);
  require(X509_set_issuer_name(&x, name) == 1);
}

void set_serial(X509& x) {
  std::uint64_t number;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1);
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(&x), number >> 1 | 1) == 1);
}

void add_extension(X509& x, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &x, &x, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  require(extension && X509_add_ext(&x, extension.get(), -1) == 1);
}

template <class Write>
std::string to_pem(Write write) {
  BioPtr out(BIO_new(BIO_s_mem()));
  require(out && write(out.get()) == 1);
  char* data = nullptr;
  auto size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

CertificatePair make_self_signed(WallPoint now) {
  KeyPtr key(EVP_EC_gen("P-256"));
  X509Ptr x(X509_new());
  require(key && x && X509_set_version(x.get(), X509_VERSION_3) == 1);
  set_serial(*x);
  set_validity(*x, now);
  set_names(*x);
  require(X509_set_pubkey(x.get(), key.get()) == 1);
  add_extension(*x, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*x, NID_key_usage, "critical,digitalSignature");
  add_extension(*x, NID_ext_key_usage, "serverAuth");
  add_extension(*x, NID_subject_key_identifier, "hash");
  add_extension(*x, NID_subject_alt_name, "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1");
  require(X509_sign(x.get(), key.get(), EVP_sha256()) > 0);
  auto certificate = to_pem([&](BIO* to) { return PEM_write_bio_X509(to, x.get()); });
  auto secret = to_pem([&](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return {{"self-signed", std::move(certificate)}, {"self-signed", std::move(secret)}};
}

}  // namespace sluice::net
