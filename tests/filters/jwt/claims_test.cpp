#include "filters/jwt/claims.hpp"

#include <gmock/gmock.h>

#include "filters/jwt/issuer.hpp"

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace std::chrono_literals;
using sluice::filters::jwt::testing::base64url;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

const Moment now{1'700'000'000s};

struct ClaimsTest : ::testing::Test {
  Settings settings;
  Reading reading;

  ClaimsTest() { settings.require_claims = {}; }

  std::optional<Fault> fault_of(std::string_view payload, Moment at = now) {
    reading = {};
    json::Document scratch;
    return read_claims(base64url(payload), settings, at, scratch, reading);
  }
  // Of a payload of that one member.
  std::optional<Fault> with(const std::string& member, Moment at = now) {
    return fault_of('{' + member + '}', at);
  }
};

}  // namespace

TEST_F(ClaimsTest, AnEmptyPayloadIsFineWhereNothingIsAsked) {
  EXPECT_EQ(fault_of("{}"), std::nullopt);
  EXPECT_EQ(reading.validity.until, Moment::max());
}

TEST_F(ClaimsTest, ThePayloadIsAStrictObject) {
  for (auto payload :
       {"", "null", "[]", "\"text\"", "{", R"({"sub":"a"}x)", R"({"sub":"a","sub":"b"})",
        R"({"x":{"sub":"a","sub":"b"}})", R"({"sub":"a","s\u0075b":"b"})", "{\"sub\":\"\xff\"}",
        "{\"sub\":\"a\nb\"}", "{\"exp\":01}", "{\"exp\":+1}", "{\"exp\":NaN}", "{\"exp\":.5}"})
    EXPECT_EQ(fault_of(payload), Fault::malformed) << payload;
  json::Document scratch;
  EXPECT_EQ(read_claims("e30=", settings, now, scratch, reading), Fault::malformed);
  EXPECT_EQ(fault_of(R"({"x":)" + std::string(16, '[') + std::string(16, ']') + "}"), Fault::malformed);
}

TEST_F(ClaimsTest, EndsAtExpAndTheLeeway) {
  settings.leeway = 30s;
  EXPECT_EQ(with(R"("exp":1700000001)"), std::nullopt);
  EXPECT_EQ(reading.validity.until, now + 31s);
  EXPECT_EQ(with(R"("exp":1699999971)"), std::nullopt);
  EXPECT_EQ(with(R"("exp":1699999970)"), Fault::expired);  // on the second: no longer (RFC 7519 §4.1.4)
  EXPECT_EQ(with(R"("exp":0)"), Fault::expired);
  settings.leeway = 0s;
  EXPECT_EQ(with(R"("exp":1700000000)"), Fault::expired);
  EXPECT_EQ(with(R"("exp":1700000000.5)"), std::nullopt);
  EXPECT_EQ(with(R"("exp":1700000000.5)", now + 500ms), Fault::expired);
  EXPECT_EQ(with(R"("exp":1.7000000005e9)"), std::nullopt);
}

TEST_F(ClaimsTest, BeginsAtNbfAndIat) {
  settings.leeway = 30s;
  for (std::string name : {"nbf", "iat"}) {
    EXPECT_EQ(with('"' + name + R"(":1700000000)"), std::nullopt);
    EXPECT_EQ(with('"' + name + R"(":1700000030)"), std::nullopt);
    EXPECT_EQ(reading.validity.from, now);
    EXPECT_EQ(with('"' + name + R"(":1700000031)"), Fault::early) << name;
    EXPECT_EQ(with('"' + name + R"(":253402300799)"), Fault::early) << name;
  }
  EXPECT_EQ(with(R"("nbf":1699999000,"iat":1700000010)"), std::nullopt);
  EXPECT_EQ(reading.validity.from, now - 20s);
}

TEST_F(ClaimsTest, ATimeIsANumberWithinReason) {
  for (std::string name : {"exp", "nbf", "iat"})
    for (auto value :
         {"\"1800000000\"", "true", "null", "[]", "[1800000000]", "{}", "-1", "-0.5", "253402300800",
          "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e30", "1e400",
          "1e999999999", "99999999999999999999999999", "1700000000.12345678901234567890"})
      EXPECT_EQ(with('"' + name + "\":" + value), Fault::claims) << name << value;
}

TEST_F(ClaimsTest, TheYear9999FitsIn) {
  settings.leeway = 10min;
  EXPECT_EQ(with(R"("exp":253402300799)"), std::nullopt);
  EXPECT_TRUE(reading.validity.holds(now));
  EXPECT_EQ(with(R"("exp":253402300799,"nbf":0,"iat":0)"), std::nullopt);
}

TEST_F(ClaimsTest, TheIssuerIsTheOneThatIsSet) {
  EXPECT_EQ(with(R"("iss":"whoever")"), std::nullopt);
  settings.issuer = "https://idp.example/";
  EXPECT_EQ(with(R"("iss":"https://idp.example/")"), std::nullopt);
  EXPECT_EQ(with(R"("iss":"https://idp.example")"), Fault::issuer);
  EXPECT_EQ(with(R"("iss":"https://IDP.example/")"), Fault::issuer);
  EXPECT_EQ(with(R"("iss":"")"), Fault::issuer);
  EXPECT_EQ(with(R"("sub":"no issuer")"), Fault::issuer);
  EXPECT_EQ(with(R"("iss":["https://idp.example/"])"), Fault::claims);
  EXPECT_EQ(with(R"("iss":null)"), Fault::claims);
}

TEST_F(ClaimsTest, OneOfTheAudiencesIsOurs) {
  EXPECT_EQ(with(R"("aud":"elsewhere")"), std::nullopt);
  settings.audience = {"api", "web"};
  EXPECT_EQ(with(R"("aud":"api")"), std::nullopt);
  EXPECT_EQ(with(R"("aud":["other","web"])"), std::nullopt);
  EXPECT_EQ(with(R"("aud":"other")"), Fault::audience);
  EXPECT_EQ(with(R"("aud":"api web")"), Fault::audience);
  EXPECT_EQ(with(R"("aud":[])"), Fault::audience);
  EXPECT_EQ(with(R"("sub":"a")"), Fault::audience);
  for (auto aud : {"7", "null", "{\"api\":true}", "[\"api\",7]", "[[\"api\"]]", "true"})
    EXPECT_EQ(with(R"("aud":)" + std::string(aud)), Fault::claims) << aud;
}

TEST_F(ClaimsTest, TheSubjectIsAText) {
  EXPECT_EQ(with(R"("sub":"ann")"), std::nullopt);
  EXPECT_EQ(with(R"("sub":17)"), Fault::claims);
  EXPECT_EQ(with(R"("sub":["ann"])"), Fault::claims);
}

TEST_F(ClaimsTest, WhatIsRequiredIsThere) {
  settings.require_claims = {"exp", "sub", "realm.tier", "address"};
  const std::string good = R"("exp":1800000000,"sub":"a","realm":{"tier":"x"},"address":{"city":"y"})";
  EXPECT_EQ(with(good), std::nullopt);
  EXPECT_EQ(with(R"("sub":"a","realm":{"tier":"x"},"address":{"city":"y"})"), Fault::claims);
  EXPECT_EQ(with(R"("exp":1800000000,"sub":"","realm":{"tier":"x"},"address":{"city":"y"})"), Fault::claims);
  EXPECT_EQ(with(R"("exp":1800000000,"sub":"a","realm":{"tier":null},"address":{"city":"y"})"),
            Fault::claims);
  EXPECT_EQ(with(R"("exp":1800000000,"sub":"a","realm":{"tier":[]},"address":{"city":"y"})"), Fault::claims);
  EXPECT_EQ(with(R"("exp":1800000000,"sub":"a","realm":{"tier":"x"},"address":{})"), Fault::claims);
}

TEST_F(ClaimsTest, ExpAndSubAreRequiredUnlessTheSettingsSayOtherwise) {
  settings.require_claims = Settings().require_claims;
  EXPECT_EQ(with(R"("exp":1800000000,"sub":"a")"), std::nullopt);
  EXPECT_EQ(with(R"("sub":"a")"), Fault::claims);
  EXPECT_EQ(with(R"("exp":1800000000)"), Fault::claims);
}

TEST_F(ClaimsTest, ScopesAreSplitAtSpaces) {
  with(R"("scope":" users:read  users:write ")");
  EXPECT_THAT(reading.scopes, ElementsAre("users:read", "users:write"));
  with(R"("scope":["a","b c"])");
  EXPECT_THAT(reading.scopes, ElementsAre("a", "b", "c"));
  with(R"("scp":"a b")");
  EXPECT_THAT(reading.scopes, ElementsAre("a", "b"));
  with(R"("scp":["a","b"])");
  EXPECT_THAT(reading.scopes, ElementsAre("a", "b"));
  with(R"("scope":"a","scp":"b")");
  EXPECT_THAT(reading.scopes, ElementsAre("a"));
  with(R"("sub":"a")");
  EXPECT_THAT(reading.scopes, IsEmpty());
  settings.scope_claim = "access.scopes";
  with(R"("scope":"a","scp":"b","access":{"scopes":["c"]})");
  EXPECT_THAT(reading.scopes, ElementsAre("c"));
  with(R"("scope":"a","scp":"b")");
  EXPECT_THAT(reading.scopes, IsEmpty());
}

TEST_F(ClaimsTest, RolesStandAsTheyAre) {
  settings.role_claim = "realm_access.roles";
  with(R"("realm_access":{"roles":["admin","two words"]})");
  EXPECT_THAT(reading.roles, ElementsAre("admin", "two words"));
}

TEST_F(ClaimsTest, ATableThatWouldBeTooLargeIsRefused) {
  std::string many = R"("a":[0)";
  for (int i = 1; i < 999; ++i) many += ",0";
  std::string more = R"(],"b":[0)";
  for (int i = 1; i < 30; ++i) more += ",0";
  EXPECT_EQ(with(many + "]"), std::nullopt);
  EXPECT_EQ(with(many + more + "]"), Fault::malformed);
}
