// Keys that verify tokens, each with the algorithms that it may be used for, and sets of keys.
//
//   auto parsed = parse_jwks(text, Algorithms::all(), Secrets::refused);
//   if (!parsed.error.empty()) ...                        // no key set at all: what came before stays in use
//   for (auto& note : parsed.notes) log(note);            // keys that were left out, and why
//   KeySet keys(std::move(parsed.keys));
//   if (!keys.knows(kid)) ...                             // ask for newer ones
//
// What a key may do is settled when it is made, and never by a token: its type, its `alg`, its `use` and
// `key_ops`, and what the configuration allows. So no public key is ever taken for a secret. Immutable; any
// thread.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "filters/jwt/algorithm.hpp"
#include "filters/jwt/openssl.hpp"

namespace sluice::filters::jwt {

class Key {
 public:
  enum class Type : std::uint8_t { secret, rsa, p256, p384, p521, ed25519, ed448 };
  // A key, or why it is none: a sentence for people, without any of its bytes.
  using Made = std::variant<Key, std::string>;

  // `wanted`: what the key may be used for at most; what its type and size cannot do is taken off, and a key
  // for nothing is none. Secrets have at least as many bytes as the hash (RFC 7518 §3.2), RSA 2048 bits.
  static Made from_secret(std::string kid, std::string_view secret, Algorithms wanted);
  static Made from_public(std::string kid, Owned<EVP_PKEY> key, Algorithms wanted);
  static Made from_pem(std::string kid, std::string_view pem, Algorithms wanted);

  const std::string& kid() const noexcept { return kid_; }  // empty: it has none
  Type type() const noexcept { return type_; }
  Algorithms algorithms() const noexcept { return algorithms_; }

  // Of a public key; null for a secret. Lent.
  EVP_PKEY* public_key() const noexcept { return public_.get(); }
  // Of a secret, ready to be copied for each use; null for a public key. Lent.
  EVP_MAC_CTX* mac(Algorithm algorithm) const noexcept;

 private:
  std::string kid_;
  Type type_ = Type::secret;
  Algorithms algorithms_;
  Owned<EVP_PKEY> public_;
  std::array<Owned<EVP_MAC_CTX>, 3> macs_;  // for HS256, HS384, HS512, where it may be used so
};

class KeySet {
 public:
  KeySet() = default;
  explicit KeySet(std::vector<Key> keys) : keys_(std::move(keys)) {}

  std::span<const Key> keys() const noexcept { return keys_; }
  bool empty() const noexcept { return keys_.empty(); }
  bool knows(std::string_view kid) const noexcept {
    return std::any_of(keys_.begin(), keys_.end(), [kid](auto& key) { return key.kid() == kid; });
  }

 private:
  std::vector<Key> keys_;
};

// Whether a set may hold secrets (`kty: oct`): a file may, what everybody can fetch may not.
enum class Secrets : std::uint8_t { accepted, refused };

struct ParsedKeys {
  std::vector<Key> keys;
  std::vector<std::string> notes;  // a sentence for each key that was left out
  std::string error;               // of the document as a whole; empty: it is a key set, perhaps of no keys
};

// A JSON Web Key Set (RFC 7517 §5). Keys of unknown types and keys for other purposes are left out, as the
// RFC wishes; a document that is not strictly JSON, or has a member twice, is an error as a whole.
ParsedKeys parse_jwks(std::string_view json, Algorithms allowed, Secrets secrets);

}  // namespace sluice::filters::jwt
