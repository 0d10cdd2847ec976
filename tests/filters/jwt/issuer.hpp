// An issuer of tokens: keys of every type, made once for a test program, and what it signs with them, soundly
// or not.
//
//   auto& rsa = testing::issuer("RSA");
//   auto token = rsa.token(R"({"alg":"RS256","kid":"a"})", R"({"sub":"ann","exp":4102444800})");
//   parse_jwks(testing::set_of({rsa.jwk(R"("kid":"a")")}), ...);
#pragma once
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "filters/jwt/algorithm.hpp"
#include "filters/jwt/openssl.hpp"

namespace sluice::filters::jwt::testing {

inline std::string base64url(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t held = 0;
  int bits = 0;
  for (unsigned char c : bytes) {
    held = held << 8 | c;
    for (bits += 8; bits >= 6; bits -= 6) text += letters[held >> (bits - 6) & 63];
  }
  if (bits > 0) text += letters[held << (6 - bits) & 63];
  return text;
}

inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

inline std::string number(const EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* lent = nullptr;
  EVP_PKEY_get_bn_param(key, name, &lent);
  Owned<BIGNUM> n(lent);
  std::string bytes(static_cast<std::size_t>(size ? size : BN_num_bytes(n.get())), '\0');
  BN_bn2binpad(n.get(), reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return bytes;
}

// r and s of a DER signature, side by side.
inline std::string jose(std::string_view der, int size) {
  auto* at = bytes_of(der);
  Owned<ECDSA_SIG> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string joined(static_cast<std::size_t>(2 * size), '\0');
  auto* to = reinterpret_cast<unsigned char*>(joined.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), to, size);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), to + size, size);
  return joined;
}

class Issuer {
 public:
  explicit Issuer(const std::string& type) : type_(type) {
    if (type == "RSA")
      key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    else if (type == "RSA-1024")
      key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
    else if (type.starts_with("P-") || type == "secp256k1")
      key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", type.c_str()));
    else
      key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, type.c_str()));
    if (!key_) throw std::runtime_error(type);
  }

  EVP_PKEY* key() const { return key_.get(); }
  int coordinate() const { return type_ == "P-384" ? 48 : type_ == "P-521" ? 66 : 32; }

  std::string pem() const {
    Owned<BIO> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(out.get(), key());
    char* text = nullptr;
    auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  // What is the key's own, as members of a JWK.
  std::string parameters() const {
    if (type_.starts_with("RSA"))
      return R"("kty":"RSA","n":")" + base64url(number(key(), OSSL_PKEY_PARAM_RSA_N)) + R"(","e":")" +
             base64url(number(key(), OSSL_PKEY_PARAM_RSA_E)) + '"';
    if (type_.starts_with("ED")) {
      std::string x(type_ == "ED25519" ? 32 : 57, '\0');
      auto size = x.size();
      EVP_PKEY_get_raw_public_key(key(), reinterpret_cast<unsigned char*>(x.data()), &size);
      return R"("kty":"OKP","crv":")" + std::string(type_ == "ED25519" ? "Ed25519" : "Ed448") + R"(","x":")" +
             base64url(x) + '"';
    }
    return R"("kty":"EC","crv":")" + type_ + R"(","x":")" +
           base64url(number(key(), OSSL_PKEY_PARAM_EC_PUB_X, coordinate())) + R"(","y":")" +
           base64url(number(key(), OSSL_PKEY_PARAM_EC_PUB_Y, coordinate())) + '"';
  }
  std::string jwk(const std::string& others = "") const {
    return '{' + parameters() + (others.empty() ? "" : "," + others) + '}';
  }

  // As OpenSSL makes it: of ECDSA in DER.
  std::string raw_signature(Algorithm algorithm, std::string_view text, int salt = RSA_PSS_SALTLEN_DIGEST,
                            const EVP_MD* mgf = nullptr) const {
    Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    auto* hash = hash_of(algorithm);
    EVP_DigestSignInit(context.get(), &parameters, hash, nullptr, key());
    if (name_of(algorithm).starts_with("PS")) {
      EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, mgf ? mgf : hash);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, salt);
    }
    std::string signature(1024, '\0');
    auto size = signature.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(text),
                   text.size());
    signature.resize(size);
    return signature;
  }
  std::string sign(Algorithm algorithm, std::string_view text) const {
    auto signature = raw_signature(algorithm, text);
    return name_of(algorithm).starts_with("ES") ? jose(signature, coordinate()) : signature;
  }

  // Signed with what `header` names as its algorithm, or with `algorithm`.
  std::string token(Algorithm algorithm, std::string_view header, std::string_view payload) const {
    auto text = base64url(header) + '.' + base64url(payload);
    return text + '.' + base64url(sign(algorithm, text));
  }

 private:
  static const EVP_MD* hash_of(Algorithm algorithm) {
    auto name = name_of(algorithm);
    if (name == "EdDSA") return nullptr;
    return name.ends_with("256") ? EVP_sha256() : name.ends_with("384") ? EVP_sha384() : EVP_sha512();
  }

  std::string type_;
  Owned<EVP_PKEY> key_;
};

// RSA, RSA-1024, P-256, P-384, P-521, secp256k1, ED25519, ED448.
inline const Issuer& issuer(const std::string& type) {
  static std::map<std::string, Issuer> all;
  return all.try_emplace(type, type).first->second;
}

inline std::string hmac(Algorithm algorithm, std::string_view secret, std::string_view text) {
  auto name = name_of(algorithm);
  auto* hash = name == "HS256" ? "SHA256" : name == "HS384" ? "SHA384" : "SHA512";
  std::string mac(64, '\0');
  std::size_t size = 0;
  EVP_Q_mac(nullptr, "HMAC", nullptr, hash, nullptr, secret.data(), secret.size(), bytes_of(text),
            text.size(), reinterpret_cast<unsigned char*>(mac.data()), mac.size(), &size);
  mac.resize(size);
  return mac;
}

inline std::string hmac_token(Algorithm algorithm, std::string_view secret, std::string_view header,
                              std::string_view payload) {
  auto text = base64url(header) + '.' + base64url(payload);
  return text + '.' + base64url(hmac(algorithm, secret, text));
}

inline std::string set_of(std::initializer_list<std::string> keys) {
  std::string text;
  for (auto& key : keys) text += (text.empty() ? "" : ",") + key;
  return "{\"keys\":[" + text + "]}";
}

}  // namespace sluice::filters::jwt::testing
