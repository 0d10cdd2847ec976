#include <openssl/core_names.h>
#include <openssl/err.h>

#include "filters/jwt/base64url.hpp"
#include "filters/jwt/keys.hpp"
#include "json/document.hpp"

namespace sluice::filters::jwt {
namespace {

using json::Kind;
using json::Node;

constexpr json::Limits limits = {.depth = 16, .members = 256, .string = 64 * 1024};

// A member that is a text; none where it is absent or something else.
std::optional<std::string_view> text_of(const Node& jwk, std::string_view name) {
  auto* member = jwk.find(name);
  if (!member || !member->is(Kind::string)) return std::nullopt;
  return member->text();
}

std::optional<std::string> bytes_of(const Node& jwk, std::string_view name) {
  auto text = text_of(jwk, name);
  return text ? decode_base64url(*text) : std::nullopt;
}

const unsigned char* data_of(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Owned<EVP_PKEY> from_parameters(const char* type, OSSL_PARAM_BLD* builder) {
  Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  ERR_clear_error();
  return Owned<EVP_PKEY>(key);
}

Owned<EVP_PKEY> rsa_key(const Node& jwk) {
  auto n = bytes_of(jwk, "n"), e = bytes_of(jwk, "e");
  if (!n || !e || n->size() > 4096 || e->size() > 64) return nullptr;
  Owned<BIGNUM> modulus(BN_bin2bn(data_of(*n), static_cast<int>(n->size()), nullptr));
  Owned<BIGNUM> exponent(BN_bin2bn(data_of(*e), static_cast<int>(e->size()), nullptr));
  Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return from_parameters("RSA", builder.get());
}

struct Curve {
  std::string_view name;
  const char* group;
  std::size_t bytes;  // of a coordinate
};
constexpr std::array curves = {Curve{"P-256", "P-256", 32}, Curve{"P-384", "P-384", 48},
                               Curve{"P-521", "P-521", 66}};

Owned<EVP_PKEY> ec_key(const Node& jwk) {
  auto name = text_of(jwk, "crv");
  auto curve = std::ranges::find(curves, name.value_or(""), &Curve::name);
  auto x = bytes_of(jwk, "x"), y = bytes_of(jwk, "y");
  if (curve == curves.end() || !x || !y || x->size() != curve->bytes || y->size() != curve->bytes)
    return nullptr;
  auto point = '\x04' + *x + *y;
  Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return from_parameters("EC", builder.get());
}

Owned<EVP_PKEY> okp_key(const Node& jwk) {
  auto curve = text_of(jwk, "crv");
  auto x = bytes_of(jwk, "x");
  if (!x || (curve != "Ed25519" && curve != "Ed448")) return nullptr;
  auto* type = curve == "Ed25519" ? "ED25519" : "ED448";
  Owned<EVP_PKEY> key(EVP_PKEY_new_raw_public_key_ex(nullptr, type, nullptr, data_of(*x), x->size()));
  ERR_clear_error();
  return key;
}

// Why a key is not for verifying signatures; empty: it is (RFC 7517 §4.2, §4.3).
std::string other_purpose(const Node& jwk) {
  if (jwk.find("use") && text_of(jwk, "use") != "sig") return "its 'use' is not 'sig'";
  auto* operations = jwk.find("key_ops");
  if (!operations) return {};
  if (operations->is(Kind::array))
    for (auto* one = operations->first(); one != operations->end(); one = one->next())
      if (one->is(Kind::string) && one->text() == "verify") return {};
  return "its 'key_ops' do not have 'verify'";
}

Key::Made read_key(const Node& jwk, Algorithms wanted, Secrets secrets) {
  std::string kid(text_of(jwk, "kid").value_or(""));
  auto type = text_of(jwk, "kty");
  if (type == "RSA") return Key::from_public(kid, rsa_key(jwk), wanted);
  if (type == "EC") return Key::from_public(kid, ec_key(jwk), wanted);
  if (type == "OKP") return Key::from_public(kid, okp_key(jwk), wanted);
  if (type != "oct") return "its 'kty' is none of RSA, EC, OKP and oct";
  if (secrets == Secrets::refused) return "a secret that can be fetched is none";
  auto secret = bytes_of(jwk, "k");
  if (!secret) return "its 'k' is not base64url";
  return Key::from_secret(kid, *secret, wanted);
}

Key::Made read(const Node& jwk, Algorithms allowed, Secrets secrets) {
  if (!jwk.is(Kind::object)) return "it is no object";
  if (jwk.find("kid") && !text_of(jwk, "kid")) return "its 'kid' is no text";
  if (auto why = other_purpose(jwk); !why.empty()) return why;
  if (jwk.find("alg")) {
    auto algorithm = algorithm_named(text_of(jwk, "alg").value_or(""));
    if (!algorithm || !allowed.has(*algorithm)) return "its 'alg' is not among those allowed";
    allowed = allowed & Algorithms{*algorithm};
  }
  return read_key(jwk, allowed, secrets);
}

std::string title(const Node& jwk, std::size_t index) {
  auto kid = text_of(jwk, "kid");
  // Another's text, which may end up in a log.
  bool plain = kid && kid->size() <= 100 &&
               std::ranges::all_of(*kid, [](char c) { return c > ' ' && c <= '~' && c != '\''; });
  return plain ? "key '" + std::string(*kid) + '\'' : "key " + std::to_string(index + 1);
}

void add(const Node& jwk, Algorithms allowed, Secrets secrets, ParsedKeys& parsed) {
  auto index = parsed.keys.size() + parsed.notes.size();
  auto made = read(jwk, allowed, secrets);
  if (auto* key = std::get_if<Key>(&made))
    parsed.keys.push_back(std::move(*key));
  else
    parsed.notes.push_back(title(jwk, index) + " is left out: " + std::get<std::string>(made));
}

}  // namespace

ParsedKeys parse_jwks(std::string_view text, Algorithms allowed, Secrets secrets) {
  ParsedKeys parsed;
  json::Document document;
  if (auto fault = document.read(text, limits)) {
    parsed.error = "is not strictly JSON, or too large: " + std::string(fault->message);
    return parsed;
  }
  auto* keys = document.root().find("keys");
  if (!keys || !keys->is(Kind::array)) {
    parsed.error = "is no key set: it has no array 'keys'";
    return parsed;
  }
  for (auto* key = keys->first(); key != keys->end(); key = key->next()) add(*key, allowed, secrets, parsed);
  return parsed;
}

}  // namespace sluice::filters::jwt
