#include "filters/jwt/token.hpp"

#include <gtest/gtest.h>

#include "filters/jwt/issuer.hpp"

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace sluice::filters::jwt::testing;
using enum Algorithm;

namespace {

std::optional<Fault> fault_of(const std::string& text) {
  json::Document scratch;
  Token token;
  return read_token(text, scratch, token);
}
// Of a token with that header.
std::optional<Fault> header_fault(std::string_view header) {
  return fault_of(base64url(header) + ".e30.c2ln");
}

}  // namespace

TEST(TokenReading, TakesItApart) {
  json::Document scratch;
  Token token;
  auto text = base64url(R"({"alg":"ES256","kid":"a/b","typ":"at+jwt"})") + ".e30.c2ln";
  ASSERT_EQ(read_token(text, scratch, token), std::nullopt);
  EXPECT_EQ(token.algorithm, es256);
  EXPECT_EQ(token.kid, "a/b");
  EXPECT_EQ(token.signed_text, text.substr(0, text.rfind('.')));
  EXPECT_EQ(token.coded_payload, "e30");
  EXPECT_EQ(token.signature, "sig");
}

TEST(TokenReading, AKidIsNotAMust) {
  json::Document scratch;
  Token token;
  ASSERT_EQ(read_token(base64url(R"({"alg":"HS256"})") + ".e30.c2ln", scratch, token), std::nullopt);
  EXPECT_EQ(token.kid, std::nullopt);
}

TEST(TokenReading, HasExactlyThreeParts) {
  auto header = base64url(R"({"alg":"HS256"})");
  EXPECT_EQ(fault_of(header + ".e30.c2ln"), std::nullopt);
  for (auto& text : {std::string(), std::string("."), std::string(".."), header, header + ".e30",
                     header + ".e30.c2ln.", header + ".e30.c2ln.c2ln", header + ".e30.k.c2ln.c2ln",
                     "." + header + ".e30.c2ln", std::string(".e30.c2ln")})
    EXPECT_EQ(fault_of(text), Fault::malformed) << text;
}

TEST(TokenReading, IsStrictlyCoded) {
  auto header = base64url(R"({"alg":"HS256"})");
  for (auto& text :
       {header + "=.e30.c2ln", header + ".e30.c2ln=", header + ".e30. c2ln", header + ".e30.c2ln\n",
        " " + header + ".e30.c2ln", header + ".e30.c2l", header + ".e30.c2+n", header + ".e30.c2lnA"})
    EXPECT_EQ(fault_of(text), Fault::malformed) << text;
}

TEST(TokenReading, TheHeaderIsAStrictObject) {
  for (auto header :
       {"", "null", "[]", "\"HS256\"", R"({"alg":"HS256")", R"({"alg":"HS256"} x)", R"({'alg':'HS256'})",
        R"({"alg":"HS256",})", R"({alg:"HS256"})", "\xEF\xBB\xBF{\"alg\":\"HS256\"}",
        R"({"alg":"HS256","alg":"RS256"})", R"({"alg":"HS256","\u0061lg":"none"})",
        R"({"alg":"HS256","x":{"a":1,"a":2}})", R"({"alg":"HS256","kid":"a","kid":"b"})",
        "{\"alg\":\"HS256\",\"kid\":\"\xff\"}", R"({"alg":"HS256","kid":"\ud800"})"})
    EXPECT_EQ(header_fault(header), Fault::malformed) << header;
  EXPECT_EQ(header_fault(std::string_view("{\"alg\":\"HS256\"}\0{}", 18)), Fault::malformed);
}

TEST(TokenReading, ItsNamesAreTexts) {
  for (auto header :
       {"{}", R"({"typ":"JWT"})", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":{"a":"HS256"}})",
        R"({"alg":256})", R"({"x":{"alg":"HS256"}})", R"({"ALG":"HS256"})", R"({"alg":"HS256","kid":7})",
        R"({"alg":"HS256","kid":null})", R"({"alg":"HS256","kid":["a"]})", R"({"alg":"HS256","typ":1})"})
    EXPECT_EQ(header_fault(header), Fault::malformed) << header;
}

TEST(TokenReading, NoneInAnySpellingIsNoAlgorithm) {
  for (auto alg : {"none", "None", "NONE", "nOnE", "none ", " none", "", "\\u006eone", "hs256", "HS256 ",
                   "HS1", "A128KW"})
    EXPECT_EQ(header_fault(R"({"alg":")" + std::string(alg) + "\"}"), Fault::algorithm) << alg;
}

TEST(TokenReading, NothingIsCritical) {
  for (auto header : {R"({"alg":"HS256","crit":["exp"],"exp":1})", R"({"alg":"HS256","crit":[]})",
                      R"({"alg":"HS256","crit":null})", R"({"alg":"HS256","crit":"b64"})",
                      R"({"alg":"HS256","b64":false,"crit":["b64"]})", R"({"alg":"HS256","b64":false})",
                      R"({"alg":"HS256","b64":true})"})
    EXPECT_EQ(header_fault(header), Fault::critical) << header;
}

TEST(TokenReading, TheHeaderIsBounded) {
  std::string many = R"({"alg":"HS256")";
  for (int i = 0; i < 64; ++i) many += ",\"" + std::to_string(i) + "\":0";
  EXPECT_EQ(header_fault(many + "}"), Fault::malformed);
  EXPECT_EQ(header_fault(R"({"alg":"HS256","x":)" + std::string(9, '[') + std::string(9, ']') + "}"),
            Fault::malformed);
  EXPECT_EQ(header_fault(R"({"alg":"HS256","x":)" + std::string(7, '[') + std::string(7, ']') + "}"),
            std::nullopt);
}
