#include "filters/jwt/verify.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

namespace sluice::filters::jwt {
namespace {

using enum Algorithm;

constexpr Algorithms pss = {ps256, ps384, ps512};
constexpr Algorithms ecdsa = {es256, es384, es512};

const EVP_MD* hash_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case hs256:
    case rs256:
    case ps256:
    case es256:
      return EVP_sha256();
    case hs384:
    case rs384:
    case ps384:
    case es384:
      return EVP_sha384();
    case hs512:
    case rs512:
    case ps512:
    case es512:
      return EVP_sha512();
    case eddsa:
      break;
  }
  return nullptr;
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool verify_hmac(const Key& key, Algorithm algorithm, std::string_view text, std::string_view signature) {
  Owned<EVP_MAC_CTX> context(EVP_MAC_CTX_dup(key.mac(algorithm)));
  unsigned char expected[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  return context && EVP_MAC_update(context.get(), bytes_of(text), text.size()) == 1 &&
         EVP_MAC_final(context.get(), expected, &size, sizeof expected) == 1 && size == signature.size() &&
         CRYPTO_memcmp(expected, signature.data(), size) == 0;
}

bool set_padding(EVP_PKEY_CTX* context, const EVP_MD* hash) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool verify_by(EVP_PKEY* key, Algorithm algorithm, std::string_view text, std::string_view signature) {
  Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  auto* hash = hash_of(algorithm);
  if (!context || EVP_DigestVerifyInit(context.get(), &parameters, hash, nullptr, key) != 1) return false;
  if (pss.has(algorithm) && !set_padding(parameters, hash)) return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

// RSA and EdDSA: signatures of a key have one length. An RSA one is as long as the modulus, zeros in front
// included (RFC 8017 §8.1.2, §8.2.2); OpenSSL takes a PSS signature without them too, so one in 256 would
// have a second spelling.
bool verify_of_size(EVP_PKEY* key, Algorithm algorithm, std::string_view text, std::string_view signature) {
  return signature.size() == static_cast<std::size_t>(EVP_PKEY_get_size(key)) &&
         verify_by(key, algorithm, text, signature);
}

// Half of a JOSE signature.
Owned<BIGNUM> half(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::size_t coordinate_of(Key::Type type) noexcept {
  return type == Key::Type::p256 ? 32 : type == Key::Type::p384 ? 48 : 66;
}

// OpenSSL knows DER alone, which a token must not have (RFC 7518 §3.4). It looks itself that r and s are
// from 1 to n-1.
bool verify_ecdsa(const Key& key, Algorithm algorithm, std::string_view text, std::string_view signature) {
  auto size = coordinate_of(key.type());
  if (signature.size() != 2 * size) return false;
  auto r = half(signature.substr(0, size)), s = half(signature.substr(size));
  Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return false;
  r.release();
  s.release();
  unsigned char der[160];
  auto* to = der;
  auto length = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (length <= 0 || static_cast<std::size_t>(length) > sizeof der) return false;
  i2d_ECDSA_SIG(pair.get(), &to);
  auto coded = std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  return verify_by(key.public_key(), algorithm, text, coded);
}

}  // namespace

bool verify(const Key& key, Algorithm algorithm, std::string_view text, std::string_view signature) noexcept {
  if (!key.algorithms().has(algorithm)) return false;
  bool good = key.type() == Key::Type::secret ? verify_hmac(key, algorithm, text, signature)
              : ecdsa.has(algorithm)          ? verify_ecdsa(key, algorithm, text, signature)
                                              : verify_of_size(key.public_key(), algorithm, text, signature);
  // What is left in OpenSSL's queue of errors would be taken for a fault of the next TLS connection.
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace sluice::filters::jwt
