#include "filters/jwt/keys.hpp"

#include <gmock/gmock.h>
#include <openssl/err.h>

#include "filters/jwt/configured_keys.hpp"
#include "filters/jwt/issuer.hpp"

using namespace sluice::filters::jwt;
using namespace sluice::filters::jwt::testing;
using enum Algorithm;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

const Algorithms any = Algorithms::all();

std::string why_not(const Key::Made& made) {
  auto* why = std::get_if<std::string>(&made);
  return why ? *why : "it is a key";
}
Algorithms algorithms_of(const Key::Made& made) {
  auto* key = std::get_if<Key>(&made);
  return key ? key->algorithms() : Algorithms{};
}

ParsedKeys parse(const std::string& text, Algorithms allowed = any, Secrets secrets = Secrets::accepted) {
  return parse_jwks(text, allowed, secrets);
}
// Of a set of that one key.
std::string note_of(const std::string& jwk, Algorithms allowed = any, Secrets secrets = Secrets::accepted) {
  auto parsed = parse(set_of({jwk}), allowed, secrets);
  if (!parsed.error.empty()) return parsed.error;
  return parsed.notes.empty() ? "it is a key" : parsed.notes[0];
}

std::string oct(std::size_t bytes, const std::string& others = "") {
  return R"({"kty":"oct","k":")" + base64url(std::string(bytes, 'k')) + '"' + others + '}';
}

}  // namespace

TEST(Algorithm, IsKnownByItsExactNameAlone) {
  EXPECT_EQ(algorithm_named("RS256"), rs256);
  EXPECT_EQ(algorithm_named("EdDSA"), eddsa);
  for (auto name : {"none", "None", "NONE", "nOnE", "rs256", "RS1", "HS256 ", "", "ES256K", "RSA-OAEP"})
    EXPECT_EQ(algorithm_named(name), std::nullopt) << name;
}

TEST(Secret, IsAsLongAsItsHash) {
  EXPECT_EQ(algorithms_of(Key::from_secret("", std::string(64, 's'), any)),
            (Algorithms{hs256, hs384, hs512}));
  EXPECT_EQ(algorithms_of(Key::from_secret("", std::string(63, 's'), any)), (Algorithms{hs256, hs384}));
  EXPECT_EQ(algorithms_of(Key::from_secret("", std::string(32, 's'), any)), (Algorithms{hs256}));
  EXPECT_THAT(why_not(Key::from_secret("", std::string(31, 's'), any)),
              HasSubstr("at least 32 bytes, for HS384 48, for HS512 64 (RFC 7518 3.2), found 31"));
  EXPECT_THAT(why_not(Key::from_secret("", std::string(63, 's'), {hs512})), HasSubstr("found 63"));
  EXPECT_THAT(why_not(Key::from_secret("", "", any)), HasSubstr("found 0"));
}

TEST(Secret, IsForNothingButHmac) {
  EXPECT_EQ(why_not(Key::from_secret("", std::string(64, 's'), {rs256, es256})),
            "a secret can only be used for HS256, HS384, HS512");
}

TEST(Secret, IsNeverAPublicKey) {
  auto& rsa = issuer("RSA");
  EXPECT_THAT(why_not(Key::from_secret("", rsa.pem(), any)), HasSubstr("a public key is no secret"));
  EXPECT_THAT(why_not(Key::from_secret("", "\n  " + rsa.pem(), any)), HasSubstr("a public key is no secret"));
  unsigned char* der = nullptr;
  auto size = i2d_PUBKEY(rsa.key(), &der);
  std::string spki(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  EXPECT_THAT(why_not(Key::from_secret("", spki, any)), HasSubstr("a public key is no secret"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(PublicKey, IsForTheAlgorithmsOfItsType) {
  auto of = [](const char* type) { return algorithms_of(Key::from_pem("k", issuer(type).pem(), any)); };
  EXPECT_EQ(of("RSA"), (Algorithms{rs256, rs384, rs512, ps256, ps384, ps512}));
  EXPECT_EQ(of("P-256"), (Algorithms{es256}));
  EXPECT_EQ(of("P-384"), (Algorithms{es384}));
  EXPECT_EQ(of("P-521"), (Algorithms{es512}));
  EXPECT_EQ(of("ED25519"), (Algorithms{eddsa}));
  EXPECT_EQ(of("ED448"), (Algorithms{eddsa}));
  EXPECT_EQ(algorithms_of(Key::from_pem("k", issuer("RSA").pem(), {ps256, hs256})), (Algorithms{ps256}));
}

TEST(PublicKey, IsRefusedForWhatItCannotDo) {
  auto why = [](const char* type, Algorithms wanted) {
    return why_not(Key::from_pem("k", issuer(type).pem(), wanted));
  };
  EXPECT_EQ(why("RSA", {hs256}),
            "a key of this type can only be used for RS256, RS384, RS512, PS256, PS384, PS512");
  EXPECT_EQ(why("P-256", {es384}), "a key of this type can only be used for ES256");
  EXPECT_EQ(why("RSA-1024", any), "an RSA key has 2048 to 8192 bits, found 1024");
  EXPECT_THAT(why("secp256k1", any), HasSubstr("expected a key of type RSA, EC on P-256"));
  EXPECT_THAT(why("X25519", any), HasSubstr("expected a key of type RSA, EC on P-256"));
  EXPECT_THAT(why_not(Key::from_pem("k", "no key", any)), HasSubstr("expected a public key in PEM"));
  EXPECT_THAT(why_not(Key::from_pem("k", "", any)), HasSubstr("expected a public key in PEM"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(InlineKey, IsOfTheAlgorithmsThatAreListed) {
  InlineKey key{
      .kid = "a", .alg = hs256, .secret = std::string(32, 's'), .secret_base64 = {}, .public_key = {}};
  EXPECT_EQ(algorithms_of(make_key(key, any)), (Algorithms{hs256}));
  EXPECT_EQ(why_not(make_key(key, {rs256})), "its 'alg' HS256 is not among the 'algorithms'");
  key.alg.reset();
  EXPECT_EQ(algorithms_of(make_key(key, {hs256, rs256})), (Algorithms{hs256}));
  InlineKey coded{.kid = "a", .alg = {}, .secret = {}, .secret_base64 = "no base64", .public_key = {}};
  EXPECT_THAT(why_not(make_key(coded, any)), HasSubstr("'secret_base64' is not base64"));
  coded.secret_base64 = "c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M=";
  EXPECT_EQ(algorithms_of(make_key(coded, any)), (Algorithms{hs256}));
}

TEST(Jwks, ReadsEveryTypeOfKey) {
  auto text =
      set_of({issuer("RSA").jwk(R"("kid":"r","use":"sig","alg":"RS256","x5t":"ignored")"),
              issuer("P-256").jwk(R"("kid":"e")"), issuer("P-384").jwk(), issuer("P-521").jwk(),
              issuer("ED25519").jwk(R"("key_ops":["sign","verify"])"), issuer("ED448").jwk(), oct(48)});
  auto parsed = parse(text);
  EXPECT_EQ(parsed.error, "");
  EXPECT_THAT(parsed.notes, IsEmpty());
  ASSERT_THAT(parsed.keys, SizeIs(7));
  EXPECT_EQ(parsed.keys[0].kid(), "r");
  EXPECT_EQ(parsed.keys[0].algorithms(), (Algorithms{rs256}));
  EXPECT_EQ(parsed.keys[1].algorithms(), (Algorithms{es256}));
  EXPECT_EQ(parsed.keys[6].algorithms(), (Algorithms{hs256, hs384}));
  KeySet keys(std::move(parsed.keys));
  EXPECT_TRUE(keys.knows("e"));
  EXPECT_FALSE(keys.knows("E"));
}

TEST(Jwks, LeavesOutKeysForOtherPurposes) {
  auto& rsa = issuer("RSA");
  EXPECT_EQ(note_of(rsa.jwk(R"("kid":"a","use":"enc")")), "key 'a' is left out: its 'use' is not 'sig'");
  EXPECT_THAT(note_of(rsa.jwk(R"("use":["sig"])")), HasSubstr("its 'use' is not 'sig'"));
  EXPECT_EQ(note_of(rsa.jwk(R"("key_ops":["encrypt","sign"])")),
            "key 1 is left out: its 'key_ops' do not have 'verify'");
  EXPECT_THAT(note_of(rsa.jwk(R"("key_ops":[])")), HasSubstr("'key_ops' do not have 'verify'"));
  EXPECT_THAT(note_of(rsa.jwk(R"("key_ops":"verify")")), HasSubstr("'key_ops' do not have 'verify'"));
  EXPECT_THAT(note_of(rsa.jwk(R"("alg":"RSA-OAEP")")), HasSubstr("its 'alg' is not among those allowed"));
  EXPECT_THAT(note_of(rsa.jwk(R"("alg":"none")")), HasSubstr("its 'alg' is not among those allowed"));
  EXPECT_THAT(note_of(rsa.jwk(R"("alg":17)")), HasSubstr("its 'alg' is not among those allowed"));
  EXPECT_THAT(note_of(rsa.jwk(R"("alg":"RS512")"), {rs256}),
              HasSubstr("its 'alg' is not among those allowed"));
}

TEST(Jwks, LeavesOutKeysWhoseAlgorithmIsNotOfTheirType) {
  EXPECT_THAT(note_of(issuer("RSA").jwk(R"("alg":"HS256")")), HasSubstr("can only be used for RS256"));
  EXPECT_THAT(note_of(issuer("P-256").jwk(R"("alg":"ES384")")), HasSubstr("can only be used for ES256"));
  EXPECT_THAT(note_of(oct(64, R"(,"alg":"RS256")")), HasSubstr("can only be used for HS256"));
}

TEST(Jwks, LeavesOutWeakAndBrokenKeys) {
  auto& p256 = issuer("P-256");
  EXPECT_THAT(note_of(issuer("RSA-1024").jwk()), HasSubstr("2048 to 8192 bits, found 1024"));
  auto n = base64url(number(issuer("RSA").key(), OSSL_PKEY_PARAM_RSA_N));
  auto rsa = [&](const std::string& e) { return R"({"kty":"RSA","n":")" + n + R"(","e":")" + e + "\"}"; };
  EXPECT_THAT(note_of(rsa("AQ")), HasSubstr("exponent is odd, at least 3"));    // 1: any message fits
  EXPECT_THAT(note_of(rsa("AQAA")), HasSubstr("exponent is odd, at least 3"));  // even
  EXPECT_THAT(note_of(rsa("")), HasSubstr("is left out"));
  EXPECT_EQ(note_of(rsa("AQAB")), "it is a key");
  EXPECT_EQ(note_of(rsa("AAEAAQ")), "it is a key");  // as some write it, with a zero in front
  EXPECT_THAT(note_of(rsa("AQAB=")), HasSubstr("expected a key of type RSA"));
  EXPECT_THAT(note_of(R"({"kty":"RSA","n":"AQ"})"), HasSubstr("expected a key of type RSA"));

  auto x = base64url(number(p256.key(), OSSL_PKEY_PARAM_EC_PUB_X, 32));
  auto point = [](const std::string& crv, const std::string& px, const std::string& py) {
    return R"({"kty":"EC","crv":")" + crv + R"(","x":")" + px + R"(","y":")" + py + "\"}";
  };
  EXPECT_THAT(note_of(point("P-256", x, x)), HasSubstr("is left out"));  // not on the curve
  EXPECT_THAT(note_of(point("P-256", base64url(std::string(32, '\0')), base64url(std::string(32, '\0')))),
              HasSubstr("is left out"));
  EXPECT_THAT(note_of(point("P-384", x, x)), HasSubstr("is left out"));
  EXPECT_THAT(note_of(point("P-256", base64url(std::string(31, 'x')), x)), HasSubstr("is left out"));
  EXPECT_THAT(note_of(issuer("secp256k1").jwk()), HasSubstr("is left out"));
  EXPECT_THAT(note_of(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"), HasSubstr("is left out"));
  EXPECT_THAT(note_of(R"({"kty":"OKP","crv":"X25519","x":")" + base64url(std::string(32, 'x')) + "\"}"),
              HasSubstr("is left out"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Jwks, HasSecretsOnlyWhereTheyAreSecret) {
  EXPECT_EQ(note_of(oct(32)), "it is a key");
  EXPECT_THAT(note_of(oct(32), any, Secrets::refused), HasSubstr("a secret that can be fetched is none"));
  EXPECT_THAT(note_of(oct(31)), HasSubstr("at least 32 bytes"));
  EXPECT_THAT(note_of(R"({"kty":"oct","k":"===="})"), HasSubstr("its 'k' is not base64url"));
  EXPECT_THAT(note_of(R"({"kty":"oct"})"), HasSubstr("its 'k' is not base64url"));
  EXPECT_THAT(note_of(R"({"kty":"oct","k":")" + base64url(issuer("RSA").pem()) + "\"}"),
              HasSubstr("a public key is no secret"));
}

TEST(Jwks, LeavesOutWhatItDoesNotKnowAndKeepsTheRest) {
  auto parsed = parse(set_of({R"({"kty":"AKP","kid":"new"})", "17", "{}", issuer("P-256").jwk(),
                              R"({"kty":"RSA","kid":7})", R"({"kid":"a\nb"})"}));
  EXPECT_THAT(parsed.keys, SizeIs(1));
  EXPECT_THAT(parsed.notes,
              ElementsAre("key 'new' is left out: its 'kty' is none of RSA, EC, OKP and oct",
                          "key 2 is left out: it is no object", HasSubstr("key 3 is left out"),
                          "key 5 is left out: its 'kid' is no text", HasSubstr("key 6 is left out")));
}

TEST(Jwks, IsStrictJson) {
  auto key = issuer("P-256").jwk();
  for (auto text :
       {std::string(""), std::string("[]"), std::string("null"), std::string("{}"),
        std::string(R"({"keys":{}})"), R"({"keys":[)" + key + "],}", R"({"keys":[],"keys":[)" + key + "]}",
        R"({"keys":[{"kid":"a",)" + key.substr(1) + "]", set_of({R"({"kid":"a","kid":"b",)" + key.substr(1)}),
        "\xEF\xBB\xBF" + set_of({key}), set_of({key}) + "x", set_of({key}) + std::string(1, '\0')}) {
    auto parsed = parse(text);
    EXPECT_NE(parsed.error, "") << text;
    EXPECT_THAT(parsed.keys, IsEmpty());
  }
}

TEST(Jwks, IsBounded) {
  std::string many = R"({"keys":[{})";
  for (int i = 0; i < 256; ++i) many += ",{}";
  EXPECT_THAT(parse(many + "]}").error, HasSubstr("too many members"));
  EXPECT_THAT(parse(R"({"keys":)" + std::string(50'000, '[')).error, HasSubstr("nested too deep"));
}

TEST(Jwks, OfNoKeysIsOne) {
  auto parsed = parse(R"({"keys":[]})");
  EXPECT_EQ(parsed.error, "");
  EXPECT_THAT(parsed.keys, IsEmpty());
}
