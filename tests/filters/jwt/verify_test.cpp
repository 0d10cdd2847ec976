#include "filters/jwt/verify.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <thread>

#include "filters/jwt/base64url.hpp"
#include "filters/jwt/issuer.hpp"

using namespace sluice::filters::jwt;
using namespace sluice::filters::jwt::testing;
using enum Algorithm;

namespace {

const std::string text = "eyJhbGciOiJ9.eyJzdWIiOiJ9";

Key public_key(const std::string& type, Algorithms algorithms = Algorithms::all()) {
  return std::get<Key>(Key::from_pem("", issuer(type).pem(), algorithms));
}
Key secret_key(std::string_view secret) {
  return std::get<Key>(Key::from_secret("", secret, Algorithms::all()));
}
Key from_jwk(const std::string& jwk) {
  auto parsed = parse_jwks(set_of({jwk}), Algorithms::all(), Secrets::accepted);
  EXPECT_EQ(parsed.keys.size(), 1u) << (parsed.notes.empty() ? parsed.error : parsed.notes[0]);
  return std::move(parsed.keys.at(0));
}
bool verifies(const std::string& jwk, Algorithm algorithm, const std::string& token) {
  auto dot = token.rfind('.');
  return verify(from_jwk(jwk), algorithm, token.substr(0, dot), *decode_base64url(token.substr(dot + 1)));
}

struct Case {
  const char* type;
  Algorithm algorithm;
};

class Verify : public ::testing::TestWithParam<Case> {};

}  // namespace

TEST_P(Verify, TakesItsOwnSignatureAndNoOther) {
  auto [type, algorithm] = GetParam();
  auto key = public_key(type);
  auto signature = issuer(type).sign(algorithm, text);
  EXPECT_TRUE(verify(key, algorithm, text, signature));
  EXPECT_FALSE(verify(key, algorithm, text + 'A', signature));
  EXPECT_FALSE(verify(key, algorithm, "", signature));
  EXPECT_FALSE(verify(key, algorithm, text, ""));
  EXPECT_FALSE(verify(key, algorithm, text, signature + '\0'));
  EXPECT_FALSE(verify(key, algorithm, text, signature.substr(1)));
  EXPECT_FALSE(verify(key, algorithm, text, std::string(signature.size(), '\0')));
  EXPECT_FALSE(verify(key, algorithm, text, std::string(signature.size(), '\xff')));
  for (std::size_t i = 0; i < signature.size(); i += 7) {
    auto bent = signature;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(verify(key, algorithm, text, bent)) << i;
  }
  EXPECT_EQ(ERR_peek_error(), 0u);  // else the next TLS connection would seem broken
}

// One in 256 signatures begins with a zero.
TEST(VerifyRsa, TakesNoSignatureWithoutItsLeadingZero) {
  auto key = public_key("RSA");
  std::string signature;
  for (int tries = 0; tries < 10'000 && !signature.starts_with('\0'); ++tries)
    signature = issuer("RSA").sign(ps256, text);
  ASSERT_TRUE(signature.starts_with('\0'));
  EXPECT_TRUE(verify(key, ps256, text, signature));
  EXPECT_FALSE(verify(key, ps256, text, signature.substr(1)));
  EXPECT_FALSE(verify(key, ps256, text, '\0' + signature));
}

TEST_P(Verify, TakesNoOtherAlgorithm) {
  auto [type, algorithm] = GetParam();
  auto key = public_key(type);
  auto signature = issuer(type).sign(algorithm, text);
  for (std::size_t i = 0; i < names_of(Algorithm{}).size(); ++i) {
    auto other = static_cast<Algorithm>(i);
    EXPECT_EQ(verify(key, other, text, signature), other == algorithm) << name_of(other);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Verify,
                         ::testing::Values(Case{"RSA", rs256}, Case{"RSA", rs384}, Case{"RSA", rs512},
                                           Case{"RSA", ps256}, Case{"RSA", ps384}, Case{"RSA", ps512},
                                           Case{"P-256", es256}, Case{"P-384", es384}, Case{"P-521", es512},
                                           Case{"ED25519", eddsa}, Case{"ED448", eddsa}),
                         [](auto& i) {
                           auto name =
                               std::string(i.param.type) + '_' + std::string(name_of(i.param.algorithm));
                           std::erase(name, '-');
                           return name;
                         });

TEST(VerifyHmac, TakesTheWholeMacAlone) {
  auto secret = std::string(64, 's');
  auto key = secret_key(secret);
  for (auto algorithm : {hs256, hs384, hs512}) {
    auto mac = hmac(algorithm, secret, text);
    EXPECT_TRUE(verify(key, algorithm, text, mac));
    EXPECT_TRUE(verify(key, algorithm, text, mac)) << "a second time";
    EXPECT_FALSE(verify(key, algorithm, text, mac.substr(0, mac.size() - 1)));
    EXPECT_FALSE(verify(key, algorithm, text, mac.substr(0, 1)));
    EXPECT_FALSE(verify(key, algorithm, text, ""));
    EXPECT_FALSE(verify(key, algorithm, text, mac + mac));
    EXPECT_FALSE(verify(key, algorithm, "another text", mac));
    EXPECT_FALSE(verify(secret_key(std::string(64, 't')), algorithm, text, mac));
  }
}

TEST(VerifyHmac, ASecretForOneHashIsForNoOther) {
  auto secret = std::string(64, 's');
  auto key = std::get<Key>(Key::from_secret("", secret, {hs384}));
  EXPECT_TRUE(verify(key, hs384, text, hmac(hs384, secret, text)));
  EXPECT_FALSE(verify(key, hs256, text, hmac(hs256, secret, text)));
  EXPECT_FALSE(verify(key, hs512, text, hmac(hs512, secret, text)));
}

TEST(VerifyHmac, APublicKeyIsNoSecret) {
  auto key = public_key("RSA");
  EXPECT_FALSE(verify(key, hs256, text, hmac(hs256, issuer("RSA").pem(), text)));
}

TEST(VerifyPss, TheSaltIsAsLongAsTheHash) {
  auto key = public_key("RSA");
  auto& rsa = issuer("RSA");
  for (int salt : {0, 20, 31, 33, 64})
    EXPECT_FALSE(verify(key, ps256, text, rsa.raw_signature(ps256, text, salt))) << salt;
  EXPECT_TRUE(verify(key, ps256, text, rsa.raw_signature(ps256, text, 32)));
}

TEST(VerifyPss, TheMaskIsOfTheSameHash) {
  EXPECT_FALSE(verify(public_key("RSA"), ps256, text,
                      issuer("RSA").raw_signature(ps256, text, RSA_PSS_SALTLEN_DIGEST, EVP_sha1())));
}

TEST(VerifyEcdsa, DerIsNotTheForm) {
  for (auto [type, algorithm] : {Case{"P-256", es256}, Case{"P-384", es384}, Case{"P-521", es512}})
    EXPECT_FALSE(verify(public_key(type), algorithm, text, issuer(type).raw_signature(algorithm, text)))
        << type;
}

// "Psychic signatures" (CVE-2022-21449) and whatever else is not in [1, n-1].
TEST(VerifyEcdsa, BothHalvesAreInRange) {
  const std::string n = *decode_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
  const std::string zero(32, '\0'), one = std::string(31, '\0') + '\1', all(32, '\xff');
  auto key = public_key("P-256");
  auto signature = issuer("P-256").sign(es256, text);
  auto r = signature.substr(0, 32), s = signature.substr(32);
  for (auto& bad : {zero, n, all}) {
    EXPECT_FALSE(verify(key, es256, text, bad + s));
    EXPECT_FALSE(verify(key, es256, text, r + bad));
    EXPECT_FALSE(verify(key, es256, text, bad + bad));
  }
  EXPECT_FALSE(verify(key, es256, text, one + one));
  EXPECT_FALSE(verify(key, es256, text, s + r));
}

TEST(VerifyEcdsa, TheHalvesHaveTheirFullLength) {
  auto key = public_key("P-256");
  auto signature = issuer("P-256").sign(es256, text);
  auto padded = '\0' + signature.substr(0, 32) + '\0' + signature.substr(32);
  EXPECT_FALSE(verify(key, es256, text, padded));
  EXPECT_FALSE(verify(key, es256, text, signature.substr(0, 63)));
}

// Workers share keys.
TEST(VerifyThreads, AKeyServesManyAtOnce) {
  const std::string secret(64, 's');
  auto mac_key = secret_key(secret);
  auto rsa = public_key("RSA"), ec = public_key("P-256");
  auto mac = hmac(hs256, secret, text), pss_signature = issuer("RSA").sign(ps256, text),
       ec_signature = issuer("P-256").sign(es256, text);
  std::atomic<int> wrong = 0;
  auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      wrong += !verify(mac_key, hs256, text, mac) || verify(mac_key, hs256, "x", mac);
      wrong += !verify(rsa, ps256, text, pss_signature) || verify(rsa, ps256, "x", pss_signature);
      wrong += !verify(ec, es256, text, ec_signature) || verify(ec, es256, "x", ec_signature);
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

// The examples of the standards.

TEST(VerifyRfc7515, A1Hmac) {
  EXPECT_TRUE(verifies(
      R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
      hs256,
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
}

TEST(VerifyRfc7515, A2Rsa) {
  EXPECT_TRUE(verifies(
      R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})",
      rs256,
      "eyJhbGciOiJSUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
      "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0Gar"
      "ZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
      "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLI"
      "hWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"));
}

TEST(VerifyRfc7515, A3Ecdsa) {
  EXPECT_TRUE(verifies(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
      es256,
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"));
}

TEST(VerifyRfc7515, A4EcdsaOnP521) {
  EXPECT_TRUE(verifies(
      R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})",
      es512,
      "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA."
      "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_"
      "7XdtAG8GaSwFKdCAPZgoXD2YBJZ"
      "CPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"));
}

TEST(VerifyRfc8037, A4Eddsa) {
  EXPECT_TRUE(
      verifies(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})", eddsa,
               "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
               "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"));
}
