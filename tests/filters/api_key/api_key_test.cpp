#include "filters/api_key/api_key.hpp"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <fstream>

#include "kit/policy.hpp"

namespace sluice::filters::api_key {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string sha256(const std::string& text) {
  unsigned char digest[32];
  EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), digest, nullptr);
  std::string hex;
  for (auto b : digest) hex.append(1, "0123456789abcdef"[b >> 4]).append(1, "0123456789abcdef"[b & 15]);
  return hex;
}

std::string keys() {
  return "keys: { ci: { sha256: " + sha256("secret-of-ci") +
         ", scopes: [deploy, read], roles: [bot], limits: [10/s, { rate: 100/h, burst: 7 }] }, bob: " +
         sha256("secret-of-bob") + " }";
}

struct ApiKeyTest : testing::Test {
  kit::Loop loop;

  // What became of one request: its status, or 200, and the reason.
  static std::string outcome(const kit::Policy& policy, kit::Asking& asking) {
    if (asking.pass(policy) == Verdict::proceed) return "200 " + std::string(asking.x.principal.subject);
    return std::to_string(asking.x.response.status) + ' ' + asking.x.response.reason;
  }
  std::string with_field(const kit::Policy& policy, std::string_view value) {
    kit::Asking asking(loop);
    asking.x.request.fields.add("X-API-Key", value);
    return outcome(policy, asking);
  }
};

TEST_F(ApiKeyTest, AKeySaysWhoIsAskingAndWhatTheyMayDo) {
  kit::Policy policy(api_key_filter(), "{ " + keys() + " }");
  ASSERT_EQ(policy.errors, "");
  EXPECT_EQ(policy.phase, Phase::identity);
  kit::Asking asking(loop);
  asking.x.request.fields.add("x-api-key", "secret-of-ci");
  ASSERT_EQ(asking.pass(policy), Verdict::proceed);
  auto& p = asking.x.principal;
  EXPECT_EQ(p.subject, "ci");
  EXPECT_EQ(p.method, "api_key");
  EXPECT_THAT(p.scopes, ElementsAre("deploy", "read"));
  EXPECT_THAT(p.roles, ElementsAre("bot"));
  ASSERT_EQ(p.limits.size(), 2u);
  EXPECT_EQ(p.limits[0].rate.count, 10u);
  EXPECT_EQ(p.limits[0].burst, 10u);
  EXPECT_EQ(p.limits[1].burst, 7u);
  EXPECT_EQ(asking.asked("X-API-Key"), "") << "the key goes no further";
  EXPECT_EQ(with_field(policy, "secret-of-bob"), "200 bob");
}

TEST_F(ApiKeyTest, WhatIsNoKeyIsRefusedWithAChallenge) {
  kit::Policy policy(api_key_filter(), "{ " + keys() + " }");
  EXPECT_EQ(with_field(policy, "secret-of-cj"), "401 api_key_unknown");
  EXPECT_EQ(with_field(policy, "secret-of-c"), "401 api_key_unknown");
  EXPECT_EQ(with_field(policy, "secret-of-ci "), "401 api_key_unknown");
  EXPECT_EQ(with_field(policy, sha256("secret-of-ci")), "401 api_key_unknown") << "the hash is no key";
  EXPECT_EQ(with_field(policy, std::string_view("secret-of-ci\0", 13)), "401 api_key_unknown");
  EXPECT_EQ(with_field(policy, ""), "401 api_key_malformed");
  EXPECT_EQ(with_field(policy, std::string(512, 'a')), "401 api_key_unknown");
  EXPECT_EQ(with_field(policy, std::string(513, 'a')), "401 api_key_malformed");
  kit::Asking without(loop);
  EXPECT_EQ(outcome(policy, without), "401 api_key_missing");
  EXPECT_EQ(without.sent("WWW-Authenticate"), "ApiKey");
  EXPECT_TRUE(without.x.flags.has(Flag::uaex));
  EXPECT_FALSE(without.x.principal.known());
}

TEST_F(ApiKeyTest, OfSeveralCopiesNobodyKnowsWhichIsMeant) {
  kit::Policy policy(api_key_filter(),
                     "{ from: [X-API-Key, { query: key }, { cookie: key }], " + keys() + " }");
  kit::Asking fields(loop), parameters(loop), cookies(loop);
  fields.x.request.fields.add("X-API-Key", "secret-of-ci");
  fields.x.request.fields.add("x-api-key", "secret-of-ci");
  EXPECT_EQ(outcome(policy, fields), "400 api_key_repeated");
  parameters.x.request.query = "key=secret-of-ci&k%65y=secret-of-bob";
  EXPECT_EQ(outcome(policy, parameters), "400 api_key_repeated");
  cookies.x.request.fields.add("Cookie", "key=secret-of-ci");
  cookies.x.request.fields.add("Cookie", "key=secret-of-bob");
  EXPECT_EQ(outcome(policy, cookies), "400 api_key_repeated");
  EXPECT_EQ(cookies.sent("WWW-Authenticate"), "");
}

TEST_F(ApiKeyTest, TheFirstPlaceCountsAndAllAreClearedForTheUpstream) {
  kit::Policy policy(api_key_filter(),
                     "{ from: [X-API-Key, { query: key }, { cookie: key }], " + keys() + " }");
  kit::Asking asking(loop);
  auto& request = asking.x.request;
  request.fields.add("X_API_Key", "secret-of-bob");
  request.fields.add("Cookie", "a=b; key=secret-of-ci");
  request.query = "page=2&key=secret-of-bob";
  request.has_query = true;
  EXPECT_EQ(outcome(policy, asking), "200 bob");
  EXPECT_EQ(request.query, "page=2");
  EXPECT_EQ(asking.asked("Cookie"), "a=b");
  EXPECT_EQ(request.fields.size(), 1u);

  kit::Asking wrong(loop);
  wrong.x.request.query = "key=wrong";
  wrong.x.request.has_query = true;
  wrong.x.request.fields.add("Cookie", "key=secret-of-ci");
  EXPECT_EQ(outcome(policy, wrong), "401 api_key_unknown") << "a wrong key is not rescued by another place";
  EXPECT_FALSE(wrong.x.request.has_query);
  EXPECT_EQ(wrong.x.request.fields.size(), 0u);
}

TEST_F(ApiKeyTest, AFieldIsForwardedOnlyByChoice) {
  kit::Policy policy(api_key_filter(),
                     "{ from: [X-API-Key, { query: key }], forward: true, " + keys() + " }");
  kit::Asking asking(loop);
  asking.x.request.fields.add("X-API-Key", "secret-of-ci");
  asking.x.request.fields.add("X_API_Key", "secret-of-bob");
  asking.x.request.query = "key=other";
  EXPECT_EQ(outcome(policy, asking), "200 ci");
  EXPECT_EQ(asking.asked("X-API-Key"), "secret-of-ci");
  EXPECT_EQ(asking.asked("X_API_Key"), "") << "what an upstream may take for it goes";
  EXPECT_EQ(asking.x.request.query, "");
}

TEST_F(ApiKeyTest, CountsWhatItFound) {
  kit::Policy policy(api_key_filter(), "{ " + keys() + " }");
  with_field(policy, "secret-of-ci");
  with_field(policy, "wrong");
  with_field(policy, "");
  auto text = policy.metrics.text();
  for (auto result : {"accepted", "unknown", "malformed"})
    EXPECT_THAT(text, HasSubstr("sluice_api_key_requests_total{policy=\"p\",result=\"" + std::string(result) +
                                "\"} 1"));
  EXPECT_THAT(text, HasSubstr("result=\"missing\"} 0"));
}

struct KeyFiles : ApiKeyTest {
  std::string path = testing::TempDir() + "api_keys_" + std::to_string(::getpid()) + ".yaml";
  ~KeyFiles() override { std::remove(path.c_str()); }

  std::string errors_with(const std::string& text, const std::string& more = "") {
    std::ofstream(path) << text;
    return kit::Policy(api_key_filter(), "{ file: " + path + more + " }").errors;
  }
};

TEST_F(KeyFiles, HaveTheSameShape) {
  std::ofstream(path) << "keys:\n  eve: { sha256: " << sha256("of-eve") << ", scopes: [a] }\n";
  kit::Policy policy(api_key_filter(), "{ file: " + path + ", " + keys() + " }");
  ASSERT_EQ(policy.errors, "");
  EXPECT_EQ(with_field(policy, "of-eve"), "200 eve");
  EXPECT_EQ(with_field(policy, "secret-of-ci"), "200 ci");
}

TEST_F(KeyFiles, AreRefusedWhereTheyAreWrong) {
  auto hash = sha256("x");
  EXPECT_EQ(kit::Policy(api_key_filter(), "{ file: /nowhere/keys.yaml }").errors,
            "/nowhere/keys.yaml: No such file or directory\n");
  EXPECT_EQ(errors_with("keys: { a: { sha256: 12 } }\n"),
            path + ":1:22: keys.a.sha256: expected 64 hexadecimal digits\n");
  EXPECT_EQ(errors_with("keys: { a: { sha256: " + hash + ", scope: [x] } }\n"),
            path + ":1:88: keys.a.scope: unknown key (did you mean 'scopes'?)\n");
  EXPECT_EQ(errors_with("keys: { a: " + hash + ", b: " + hash + " }\n"),
            path + ":1:1: keys: 'a' and 'b' have the same key\n");
  EXPECT_THAT(errors_with("- a\n"), HasSubstr(path + ":1:1"));
  EXPECT_EQ(errors_with("keys: { ci: " + hash + " }\n", ", " + keys()),
            path + ": keys.ci: the policy 'p' has a key of that name itself\n");
  EXPECT_EQ(errors_with("keys: { cj: " + sha256("secret-of-ci") + " }\n", ", " + keys()),
            "policy 'p': 'ci' and 'cj' have the same key\n");
}

TEST_F(ApiKeyTest, SettingsThatMeanNothingAreRefused) {
  auto errors = [](const std::string& settings) { return kit::Policy(api_key_filter(), settings).errors; };
  auto upper = sha256("x");
  std::ranges::transform(upper, upper.begin(), ::toupper);
  EXPECT_EQ(errors("{ keys: { a: " + upper + " } }"), "");
  EXPECT_THAT(errors("{}"), HasSubstr("policies.p.api_key: expected 'keys' or 'file'"));
  EXPECT_THAT(errors("{ keys: { a: 12ab } }"), HasSubstr("keys.a: expected 64 hexadecimal digits"));
  EXPECT_THAT(errors("{ keys: { 'a b': " + upper + " } }"), HasSubstr("visible ASCII"));
  EXPECT_THAT(errors("{ keys: { a: " + upper + ", b: " + sha256("x") + " } }"),
              HasSubstr("'a' and 'b' have the same key"));
  EXPECT_THAT(errors("{ from: [], " + keys() + " }"), HasSubstr("from: expected at least one place"));
  EXPECT_THAT(errors("{ from: [X-Key, { header: x-key }], " + keys() + " }"),
              HasSubstr("a place is there twice"));
  EXPECT_THAT(errors("{ from: [{ header: 'a b' }], " + keys() + " }"), HasSubstr("expected a field's name"));
  EXPECT_THAT(errors("{ from: [{ cookie: 'a;b' }], " + keys() + " }"), HasSubstr("expected a cookie's name"));
  EXPECT_THAT(errors("{ from: [{ query: '' }], " + keys() + " }"), HasSubstr("expected a parameter's name"));
  EXPECT_THAT(errors("{ from: [{ query: a, cookie: b }], " + keys() + " }"), HasSubstr("exclude each other"));
  EXPECT_THAT(errors("{ on_error: pass, " + keys() + " }"), HasSubstr("cannot pass on an error"));
}

TEST_F(ApiKeyTest, ItsSecretsAreMarked) {
  auto* key = api_key_filter().schema.schema->find("keys");
  ASSERT_TRUE(key);
  auto& map = std::get<MapShape>(static_cast<const Shape::variant&>(*key->shape));
  auto& object = std::get<ObjectShape>(static_cast<const Shape::variant&>(map.value()));
  EXPECT_TRUE(object.schema().find("sha256")->secret);
}

}  // namespace
}  // namespace sluice::filters::api_key
