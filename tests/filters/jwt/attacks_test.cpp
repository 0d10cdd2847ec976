// Known ways to get past the verifier of a token, by their names. One gateway that trusts one key of each
// type stands against them; each begins with what it would take for a good token.
#include <gmock/gmock.h>

#include "filters/jwt/guarded.hpp"
#include "filters/jwt/issuer.hpp"

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace sluice::filters::jwt::testing;
using enum Algorithm;

namespace {

const std::string claims =
    R"({"iss":"https://idp.example/","aud":"api","sub":"ann","exp":1700003600,"scope":"read"})";

InlineKey of(const char* kid, const char* type, std::optional<Algorithm> alg = {}) {
  return InlineKey{.kid = kid, .alg = alg, .public_key = issuer(type).pem()};
}

Settings trusting_all() {
  Settings settings;
  settings.issuer = "https://idp.example/";
  settings.audience = {"api"};
  settings.keys = {InlineKey{.kid = "h", .alg = hs256, .secret = good_secret}, of("r", "RSA", rs256),
                   of("e", "P-256"), of("e5", "P-521"), of("d", "ED25519")};
  return settings;
}

std::string hs(std::string_view header, std::string_view payload = claims,
               std::string_view key = good_secret) {
  return hmac_token(hs256, key, header, payload);
}
std::string rs(std::string_view header, std::string_view payload = claims) {
  return issuer("RSA").token(rs256, header, payload);
}
std::string es(std::string_view header) {
  return issuer("P-256").token(es256, header, claims);
}

std::string unsigned_token(std::string_view header) {
  return base64url(header) + '.' + base64url(claims) + '.';
}

// The token with another signature over its own text.
std::string resigned(const std::string& token, std::string_view signature) {
  return token.substr(0, token.rfind('.') + 1) + base64url(signature);
}
std::string text_of(const std::string& token) {
  return token.substr(0, token.rfind('.'));
}

// Another spelling of the same last byte.
std::string with_other_tail(std::string token) {
  token.back() = static_cast<char>(token.back() == 'A' ? 'B' : token.back() + 1);
  return token;
}

std::string embedded_jwk() {
  auto header = R"({"alg":"RS256","kid":"mine","jwk":)" + issuer("RSA-1024").jwk() + "}";
  return issuer("RSA-1024").token(rs256, header, claims);
}

struct Attack {
  const char* name;
  std::string (*token)();
  const char* outcome;
};

const Attack attacks[] = {
    {"GoodHmac", [] { return hs(R"({"alg":"HS256","kid":"h"})"); }, "ok"},
    {"GoodRsa", [] { return rs(R"({"alg":"RS256","kid":"r"})"); }, "ok"},
    {"GoodEcdsa", [] { return es(R"({"alg":"ES256","kid":"e","typ":"JWT"})"); }, "ok"},
    {"GoodEddsa", [] { return issuer("ED25519").token(eddsa, R"({"alg":"EdDSA"})", claims); }, "ok"},
    {"GoodWithoutKid", [] { return rs(R"({"alg":"RS256"})"); }, "ok"},

    {"NoneWithoutSignature", [] { return unsigned_token(R"({"alg":"none"})"); }, "token_algorithm"},
    {"NoneInCapitals", [] { return unsigned_token(R"({"alg":"NONE","kid":"r"})"); }, "token_algorithm"},
    {"NoneInMixedCase", [] { return unsigned_token(R"({"alg":"nOnE"})"); }, "token_algorithm"},
    {"NoneEscaped", [] { return unsigned_token(R"({"alg":"\u006eone"})"); }, "token_algorithm"},
    {"NoneWithASignature", [] { return hs(R"({"alg":"none","kid":"h"})"); }, "token_algorithm"},
    {"EmptyAlgorithm", [] { return unsigned_token(R"({"alg":""})"); }, "token_algorithm"},
    {"SignatureCutOff", [] { return text_of(rs(R"({"alg":"RS256"})")) + '.'; }, "token_signature"},
    {"AlgorithmTwice", [] { return unsigned_token(R"({"alg":"RS256","alg":"none"})"); }, "token_malformed"},

    {"PublicKeyAsSecret", [] { return hs(R"({"alg":"HS256","kid":"r"})", claims, issuer("RSA").pem()); },
     "token_algorithm"},
    {"PublicKeyAsSecretWithoutKid", [] { return hs(R"({"alg":"HS256"})", claims, issuer("RSA").pem()); },
     "token_signature"},
    {"EmptySecret", [] { return hs(R"({"alg":"HS256"})", claims, ""); }, "token_signature"},
    {"SecretAsRsa", [] { return hs(R"({"alg":"RS256","kid":"h"})"); }, "token_algorithm"},
    {"RsaKeyForPss", [] { return issuer("RSA").token(ps256, R"({"alg":"PS256","kid":"r"})", claims); },
     "token_algorithm"},
    {"Rs256SaidToBePs256", [] { return rs(R"({"alg":"PS256","kid":"r"})"); }, "token_algorithm"},
    {"OtherHashOfTheSameKey",
     [] { return issuer("RSA").token(rs512, R"({"alg":"RS512","kid":"r"})", claims); }, "token_algorithm"},
    {"OtherCurve", [] { return issuer("P-256").token(es256, R"({"alg":"ES256","kid":"e5"})", claims); },
     "token_algorithm"},
    {"UnknownAlgorithm", [] { return rs(R"({"alg":"RS1","kid":"r"})"); }, "token_algorithm"},

    {"AnothersKey", [] { return issuer("RSA-1024").token(rs256, R"({"alg":"RS256","kid":"r"})", claims); },
     "token_signature"},
    {"UnknownKid", [] { return rs(R"({"alg":"RS256","kid":"../../r"})"); }, "token_key_unknown"},
    {"EmptyKid", [] { return rs(R"({"alg":"RS256","kid":""})"); }, "token_key_unknown"},
    {"KidOfAnotherKey", [] { return rs(R"({"alg":"RS256","kid":"e"})"); }, "token_algorithm"},
    {"KeyInTheToken", embedded_jwk, "token_key_unknown"},
    {"KeyElsewhere",
     [] {
       return issuer("RSA-1024")
           .token(
               rs256,
               R"({"alg":"RS256","kid":"x","jku":"https://evil.example/k","x5u":"https://evil.example/c"})",
               claims);
     },
     "token_key_unknown"},
    {"KeyElsewhereIsIgnored",
     [] {
       return rs(
           R"({"alg":"RS256","kid":"r","jku":"https://evil.example/","x5c":["AAAA"],"jwk":{"k":"AA"}})");
     },
     "ok"},

    {"PayloadChanged",
     [] {
       auto token = rs(R"({"alg":"RS256","kid":"r"})");
       auto first = token.find('.'), second = token.rfind('.');
       return token.substr(0, first + 1) + base64url(R"({"sub":"admin","exp":1700003600})") +
              token.substr(second);
     },
     "token_signature"},
    {"HeaderChanged",
     [] {
       auto token = hs(R"({"alg":"HS256","kid":"h"})");
       return base64url(R"({"alg":"HS256","kid":"h","typ":"x"})") + token.substr(token.find('.'));
     },
     "token_signature"},
    {"HmacCutShort",
     [] {
       auto text = base64url(R"({"alg":"HS256","kid":"h"})") + '.' + base64url(claims);
       return text + '.' + base64url(hmac(hs256, good_secret, text).substr(0, 16));
     },
     "token_signature"},

    {"EcdsaInDer",
     [] {
       auto token = es(R"({"alg":"ES256","kid":"e"})");
       return resigned(token, issuer("P-256").raw_signature(es256, text_of(token)));
     },
     "token_signature"},
    {"EcdsaOfZeros", [] { return resigned(es(R"({"alg":"ES256","kid":"e"})"), std::string(64, '\0')); },
     "token_signature"},
    {"EcdsaOfNothing", [] { return resigned(es(R"({"alg":"ES256","kid":"e"})"), ""); }, "token_signature"},
    {"EddsaOfZeros",
     [] {
       return resigned(issuer("ED25519").token(eddsa, R"({"alg":"EdDSA"})", claims), std::string(64, '\0'));
     },
     "token_signature"},
    {"RsaOfZeros", [] { return resigned(rs(R"({"alg":"RS256","kid":"r"})"), std::string(256, '\0')); },
     "token_signature"},
    {"RsaOfOne", [] { return resigned(rs(R"({"alg":"RS256","kid":"r"})"), std::string(255, '\0') + '\1'); },
     "token_signature"},

    {"OtherTailBits", [] { return with_other_tail(hs(R"({"alg":"HS256","kid":"h"})")); }, "token_malformed"},
    {"Padding", [] { return hs(R"({"alg":"HS256","kid":"h"})") + '='; }, "token_malformed"},
    {"FourthPart", [] { return hs(R"({"alg":"HS256","kid":"h"})") + ".e30"; }, "token_malformed"},
    {"TwoParts", [] { return text_of(hs(R"({"alg":"HS256","kid":"h"})")); }, "token_malformed"},
    {"JsonSerialization", [] { return std::string(R"({"signatures":[]})"); }, "token_malformed"},
    {"Encrypted", [] { return base64url(R"({"alg":"RSA-OAEP","enc":"A256GCM"})") + ".AA.AA.AA.AA"; },
     "token_malformed"},
    {"CriticalExtension", [] { return hs(R"({"alg":"HS256","kid":"h","crit":["x"],"x":1})"); },
     "token_critical"},
    {"UnencodedPayload", [] { return hs(R"({"alg":"HS256","kid":"h","crit":["b64"],"b64":false})"); },
     "token_critical"},
    {"TokenWithinAToken",
     [] { return hs(R"({"alg":"HS256","kid":"h","cty":"JWT"})", "\"" + hs(R"({"alg":"HS256"})") + "\""); },
     "token_malformed"},
    {"Oversized",
     [] { return hs(R"({"alg":"HS256","kid":"h"})", R"({"x":")" + std::string(7000, 'x') + "\"}"); },
     "token_oversized"},
    {"DeepNesting",
     [] {
       return base64url(R"({"alg":"HS256","x":)" + std::string(3000, '[')) + '.' + base64url(claims) + ".AA";
     },
     "token_malformed"},
    {"ClaimTwice",
     [] { return hs(R"({"alg":"HS256","kid":"h"})", R"({"sub":"ann","exp":1700003600,"sub":"admin"})"); },
     "token_malformed"},
    {"NoExpiry",
     [] {
       return hs(R"({"alg":"HS256","kid":"h"})", R"({"iss":"https://idp.example/","aud":"api","sub":"ann"})");
     },
     "token_claims"},
    {"ExpiryAsText", [] { return hs(R"({"alg":"HS256","kid":"h"})", R"({"sub":"ann","exp":"1700003600"})"); },
     "token_claims"},
    {"ExpiryBeyondAllTime", [] { return hs(R"({"alg":"HS256","kid":"h"})", R"({"sub":"ann","exp":1e300})"); },
     "token_claims"},
    {"Expired", [] { return hs(R"({"alg":"HS256","kid":"h"})", R"({"sub":"ann","exp":1699990000})"); },
     "token_expired"},
    {"FromTheFuture",
     [] { return hs(R"({"alg":"HS256","kid":"h"})", R"({"sub":"ann","exp":1700003600,"iat":1700000100})"); },
     "token_early"},
    {"AnothersIssuer",
     [] {
       return hs(R"({"alg":"HS256","kid":"h"})",
                 R"({"iss":"https://idp.example","aud":"api","sub":"ann","exp":1700003600})");
     },
     "token_issuer"},
    {"ForAnotherAudience",
     [] {
       return hs(R"({"alg":"HS256","kid":"h"})",
                 R"({"iss":"https://idp.example/","aud":["apis","api2"],"sub":"ann","exp":1700003600})");
     },
     "token_audience"},
};

class AttackTest : public ::testing::TestWithParam<Attack> {
 protected:
  Guarded guarded;
  AttackTest() { guarded.settings = trusting_all(); }
};

}  // namespace

TEST_P(AttackTest, IsAnsweredRightEachTime) {
  auto token = GetParam().token();
  for (int i = 0; i < 2; ++i) {  // what was refused is not remembered as good
    auto request = guarded.request();
    EXPECT_EQ(request.bearer(token).outcome(), GetParam().outcome);
    auto& x = request.exchange();
    bool good = std::string_view(GetParam().outcome) == "ok";
    EXPECT_EQ(x.principal.subject, good ? "ann" : "");
    EXPECT_EQ(x.flags.has(Flag::uaex), !good);
    EXPECT_EQ(x.response.status, good ? 0 : 401);
    if (!good) {
      EXPECT_THAT(request.challenge(),
                  ::testing::StartsWith(R"(Bearer realm="sluice", error="invalid_token",)"));
    }
  }
  EXPECT_TRUE(guarded.errors.empty());
}

INSTANTIATE_TEST_SUITE_P(All, AttackTest, ::testing::ValuesIn(attacks),
                         [](auto& attack) { return std::string(attack.param.name); });

TEST(AttackBound, ATokenWithoutAKidHasBoundedTries) {
  Guarded guarded;
  guarded.settings.keys.clear();
  for (int i = 0; i < 20; ++i)
    guarded.settings.keys.push_back(
        {.kid = std::to_string(i), .alg = hs256, .secret = std::string(32, static_cast<char>('a' + i))});
  auto signed_by = [](int i, const std::string& kid) {
    return hmac_token(hs256, std::string(32, static_cast<char>('a' + i)), R"({"alg":"HS256")" + kid + "}",
                      R"({"sub":"ann","exp":1700003600})");
  };
  EXPECT_EQ(guarded.outcome_of(signed_by(7, "")), "ok");
  EXPECT_EQ(guarded.outcome_of(signed_by(8, "")), "token_signature");
  EXPECT_EQ(guarded.outcome_of(signed_by(19, R"(,"kid":"19")")), "ok");
}
