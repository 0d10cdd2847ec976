#include "filters/jwt/keys.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace sluice::filters::jwt {
namespace {

using Type = Key::Type;
using enum Algorithm;

struct Hmac {
  Algorithm algorithm;
  std::size_t bytes;  // of the hash, and of a secret at least
  const char* hash;
};
constexpr std::array hmacs = {Hmac{hs256, 32, "SHA256"}, Hmac{hs384, 48, "SHA384"},
                              Hmac{hs512, 64, "SHA512"}};
constexpr Algorithms any_hmac = {hs256, hs384, hs512};

constexpr int min_rsa_bits = 2048;
constexpr int max_rsa_bits = 8192;  // verifying is slow beyond

Algorithms algorithms_of(Type type) noexcept {
  switch (type) {
    case Type::secret:
      return any_hmac;
    case Type::rsa:
      return {rs256, rs384, rs512, ps256, ps384, ps512};
    case Type::p256:
      return {es256};
    case Type::p384:
      return {es384};
    case Type::p521:
      return {es512};
    case Type::ed25519:
    case Type::ed448:
      return {eddsa};
  }
  return {};
}

std::string list_of(Algorithms algorithms) {
  std::string list;
  for (unsigned i = 0; i < names_of(Algorithm{}).size(); ++i)
    if (auto a = static_cast<Algorithm>(i); algorithms.has(a))
      (list += list.empty() ? "" : ", ") += name_of(a);
  return list;
}

// Whoever knows a public key could sign with it if it were taken for a secret.
bool is_public(std::string_view secret) {
  if (secret.find("-----BEGIN") != secret.npos) return true;
  auto* at = reinterpret_cast<const unsigned char*>(secret.data());
  Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(secret.size())));
  ERR_clear_error();
  return key != nullptr;
}

Owned<EVP_MAC_CTX> make_mac(const char* hash, std::string_view secret) {
  Owned<EVP_MAC> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  Owned<EVP_MAC_CTX> context(EVP_MAC_CTX_new(hmac.get()));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(hash), 0),
      OSSL_PARAM_construct_end()};
  auto* bytes = reinterpret_cast<const unsigned char*>(secret.data());
  if (!context || EVP_MAC_init(context.get(), bytes, secret.size(), parameters) != 1) context.reset();
  return context;
}

std::optional<Type> curve_of(const EVP_PKEY* key) {
  int explicit_curve = 0;
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_curve);
  char name[32];
  std::size_t size = 0;
  if (explicit_curve || EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return std::nullopt;
  auto curve = std::string_view(name, size);
  if (curve == "prime256v1" || curve == "P-256") return Type::p256;
  if (curve == "secp384r1" || curve == "P-384") return Type::p384;
  if (curve == "secp521r1" || curve == "P-521") return Type::p521;
  return std::nullopt;
}

std::optional<Type> type_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA")) return Type::rsa;
  if (EVP_PKEY_is_a(key, "ED25519")) return Type::ed25519;
  if (EVP_PKEY_is_a(key, "ED448")) return Type::ed448;
  if (EVP_PKEY_is_a(key, "EC")) return curve_of(key);
  return std::nullopt;
}

// With an exponent of 1 every message is its own signature.
bool has_sound_exponent(const EVP_PKEY* key) {
  BIGNUM* lent = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &lent) != 1) return false;
  Owned<BIGNUM> e(lent);
  return BN_is_odd(e.get()) && !BN_is_one(e.get()) && BN_num_bits(e.get()) <= 64;
}

std::string weakness_of_rsa(const EVP_PKEY* key) {
  auto bits = EVP_PKEY_get_bits(key);
  if (bits < min_rsa_bits || bits > max_rsa_bits)
    return "an RSA key has 2048 to 8192 bits, found " + std::to_string(bits);
  if (!has_sound_exponent(key)) return "an RSA key's exponent is odd, at least 3 and has at most 64 bits";
  return {};
}

std::string weakness_of_point(EVP_PKEY* key) {
  Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key, nullptr));
  if (!context || EVP_PKEY_public_check(context.get()) != 1) return "the point is not on its curve";
  return {};
}

std::string weakness_of(EVP_PKEY* key, Type type) {
  if (type == Type::rsa) return weakness_of_rsa(key);
  if (type == Type::ed25519 || type == Type::ed448) return {};
  return weakness_of_point(key);
}

}  // namespace

Key::Made Key::from_secret(std::string kid, std::string_view secret, Algorithms wanted) {
  if (is_public(secret)) return "a public key is no secret: it belongs in 'public_key'";
  wanted = wanted & any_hmac;
  if (wanted.empty()) return "a secret can only be used for " + list_of(any_hmac);
  Key key;
  key.kid_ = std::move(kid);
  for (std::size_t i = 0; i < hmacs.size(); ++i) {
    auto& hmac = hmacs[i];
    if (!wanted.has(hmac.algorithm) || secret.size() < hmac.bytes) continue;
    if (!(key.macs_[i] = make_mac(hmac.hash, secret))) return "OpenSSL has no HMAC with this hash";
    key.algorithms_.add(hmac.algorithm);
  }
  if (!key.algorithms_.empty()) return key;
  return "a secret for HS256 has at least 32 bytes, for HS384 48, for HS512 64 (RFC 7518 3.2), found " +
         std::to_string(secret.size());
}

Key::Made Key::from_public(std::string kid, Owned<EVP_PKEY> public_key, Algorithms wanted) {
  auto type = public_key ? type_of(public_key.get()) : std::nullopt;
  if (!type) return "expected a key of type RSA, EC on P-256, P-384 or P-521, Ed25519 or Ed448";
  if (auto weakness = weakness_of(public_key.get(), *type); !weakness.empty()) return weakness;
  Key key;
  key.kid_ = std::move(kid);
  key.type_ = *type;
  key.algorithms_ = algorithms_of(*type) & wanted;
  key.public_ = std::move(public_key);
  if (key.algorithms_.empty())
    return "a key of this type can only be used for " + list_of(algorithms_of(*type));
  return key;
}

Key::Made Key::from_pem(std::string kid, std::string_view pem, Algorithms wanted) {
  Owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!key) return "expected a public key in PEM, which begins with '-----BEGIN PUBLIC KEY-----'";
  return from_public(std::move(kid), std::move(key), wanted);
}

EVP_MAC_CTX* Key::mac(Algorithm algorithm) const noexcept {
  for (std::size_t i = 0; i < hmacs.size(); ++i)
    if (hmacs[i].algorithm == algorithm) return macs_[i].get();
  return nullptr;
}

}  // namespace sluice::filters::jwt
