#include "filters/jwt/jwt.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <fstream>
#include <set>

#include "filters/jwt/fault.hpp"
#include "filters/jwt/guarded.hpp"
#include "filters/jwt/issuer.hpp"
#include "filters/jwt/jwks_source.hpp"
#include "filters/jwt/puppet_fetcher.hpp"
#include "kit/allocations.hpp"

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace sluice::filters::jwt::testing;
using enum Algorithm;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

const std::string claims =
    R"({"sub":"ann","exp":1700003600,"scope":"read write","roles":["admin"],"plan":"gold"})";

std::string token(std::string_view payload = claims) {
  return hmac_token(hs256, good_secret, R"({"alg":"HS256","kid":"h"})", payload);
}

struct JwtTest : ::testing::Test {
  Guarded guarded;

  std::string metrics() { return guarded.metrics.text(); }
  std::string counted(std::string_view result) {
    return "sluice_jwt_total{policy=\"login\",result=\"" + std::string(result) + "\"} ";
  }
};

}  // namespace

TEST_F(JwtTest, IsAnIdentityFilterThatGuards) {
  auto kind = jwt_filter();
  EXPECT_EQ(kind.schema.name, "jwt");
  EXPECT_TRUE(kind.schema.traits.decides && kind.schema.traits.guards && kind.schema.traits.repeatable);
  EXPECT_EQ(kind.phase(&guarded.settings), Phase::identity);
}

TEST_F(JwtTest, ThePrincipalIsWhatTheTokenSays) {
  auto request = guarded.request();
  ASSERT_EQ(request.bearer(token()).outcome(), "ok");
  auto& p = request.exchange().principal;
  EXPECT_EQ(p.subject, "ann");
  EXPECT_EQ(p.method, "jwt");
  EXPECT_THAT(p.scopes, ElementsAre("read", "write"));
  EXPECT_THAT(p.roles, ElementsAre("admin"));
  EXPECT_EQ(p.claim("plan"), "gold");
  EXPECT_EQ(p.claim("none").data(), nullptr);
  EXPECT_THAT(metrics(), HasSubstr(counted("ok") + "1"));
}

TEST_F(JwtTest, AnEarlierIdentityKeepsItsName) {
  auto request = guarded.request();
  request.exchange().principal.subject = "key-7";
  request.exchange().principal.method = "api_key";
  ASSERT_EQ(request.bearer(token()).outcome(), "ok");
  EXPECT_EQ(request.exchange().principal.subject, "key-7");
  EXPECT_EQ(request.exchange().principal.method, "api_key");
  EXPECT_TRUE(request.exchange().principal.has_scope("read"));
}

TEST_F(JwtTest, WithoutATokenTheChallengeNamesNoError) {
  guarded.settings.realm = "orders";
  auto request = guarded.request();
  EXPECT_EQ(request.outcome(), "token_missing");
  EXPECT_EQ(request.exchange().response.status, 401);
  EXPECT_EQ(request.challenge(), "Bearer realm=\"orders\"");
  EXPECT_EQ(request.exchange().problem.detail, "An access token is required.");
  EXPECT_TRUE(request.exchange().flags.has(Flag::uaex));
  EXPECT_FALSE(request.exchange().principal.known());
  EXPECT_THAT(metrics(), HasSubstr(counted("missing") + "1"));
}

TEST_F(JwtTest, ABadTokenIsAnInvalidToken) {
  auto request = guarded.request();
  EXPECT_EQ(request.bearer(token(R"({"sub":"ann","exp":1})")).outcome(), "token_expired");
  EXPECT_EQ(request.exchange().response.status, 401);
  EXPECT_EQ(request.challenge(),
            "Bearer realm=\"sluice\", error=\"invalid_token\", "
            "error_description=\"The access token has expired.\"");
  EXPECT_THAT(metrics(), HasSubstr(counted("expired") + "1"));
}

TEST_F(JwtTest, TwoTokensAreAnInvalidRequest) {
  auto request = guarded.request();
  EXPECT_EQ(request.bearer(token()).bearer(token()).outcome(), "token_ambiguous");
  EXPECT_EQ(request.exchange().response.status, 400);
  EXPECT_THAT(request.challenge(), HasSubstr("error=\"invalid_request\""));
}

TEST_F(JwtTest, EveryFaultHasItsOwnReason) {
  std::set<std::string_view> reasons;
  for (std::size_t i = 0; i < faults; ++i) {
    auto& row = row_of(static_cast<Fault>(i));
    EXPECT_TRUE(reasons.insert(row.reason).second) << row.reason;
    EXPECT_EQ(row.detail.find_first_of("\"\\"), row.detail.npos);  // it stands in a quoted-string
    EXPECT_TRUE(row.error.empty() == (row.status == 503 || row.result == "missing"));
  }
}

TEST_F(JwtTest, AFaultDoesNotChangeWhatIsForwarded) {
  guarded.settings.forward_claims = {{"sub", "X-User-ID"}};
  auto request = guarded.request();
  request.field("X_User_Id", "forged").field("x-user-id", "forged");
  EXPECT_EQ(request.outcome(), "token_missing");  // in shadow it goes on all the same
  EXPECT_THAT(request.forwarded("x-user-id"), IsEmpty());
  EXPECT_THAT(request.forwarded("x_user_id"), IsEmpty());
}

TEST_F(JwtTest, ClaimsGoUpstreamInTheClientsStead) {
  guarded.settings.forward_claims = {{"sub", "X-User-ID"}, {"roles", "X-Roles"}, {"absent", "X-Absent"}};
  for (int i = 0; i < 2; ++i) {  // verified, then remembered
    auto request = guarded.request();
    request.bearer(token()).field("X-USER_ID", "forged").field("X-Absent", "forged");
    ASSERT_EQ(request.outcome(), "ok");
    EXPECT_EQ(request.forwarded("X-User-ID"), "ann");
    EXPECT_EQ(request.forwarded("X-Roles"), "admin");
    EXPECT_EQ(request.forwarded("X-Absent"), "");
    EXPECT_EQ(request.forwarded("X-USER_ID"), "");
    EXPECT_EQ(request.forwarded("Authorization"), "Bearer " + token());
  }
}

TEST_F(JwtTest, ACredentialInQueryOrCookieGoesNoFurther) {
  guarded.settings.from = {Place{.query = "token"}, Place{.cookie = "session"}};
  auto request = guarded.request();
  request.query("a=1&token=" + token() + "&b=2").field("Cookie", "x=1; session=" + token());
  ASSERT_EQ(request.outcome(), "ok");
  EXPECT_EQ(request.exchange().request.query, "a=1&b=2");
  EXPECT_EQ(request.forwarded("Cookie"), "x=1");
  EXPECT_THAT(guarded.findings.secret_parameters, ElementsAre("token"));
}

TEST_F(JwtTest, ABadCredentialGoesNoFurtherEither) {
  guarded.settings.from = {Place{.query = "token"}};
  auto request = guarded.request();
  EXPECT_EQ(request.query("token=bad").outcome(), "token_malformed");
  EXPECT_EQ(request.exchange().request.query, "");
  EXPECT_FALSE(request.exchange().request.has_query);
}

TEST_F(JwtTest, ATokenIsAsLongAsTheSettingsSay) {
  guarded.settings.max_token = Size{token().size()};
  EXPECT_EQ(guarded.outcome_of(token()), "ok");
  EXPECT_EQ(guarded.outcome_of(token() + "A"), "token_oversized");
}

TEST_F(JwtTest, AnAlgorithmThatIsNotListedIsRefused) {
  guarded.settings.keys = {{.kid = "h", .secret = std::string(64, 's')}};
  guarded.settings.algorithms = {hs512};
  auto signed_with = [](Algorithm a) {
    return hmac_token(a, std::string(64, 's'), R"({"alg":")" + std::string(name_of(a)) + R"(","kid":"h"})",
                      claims);
  };
  EXPECT_EQ(guarded.outcome_of(signed_with(hs512)), "ok");
  EXPECT_EQ(guarded.outcome_of(signed_with(hs256)), "token_algorithm");
}

TEST_F(JwtTest, AKeyWithoutANameServesTokensThatNameAnother) {
  guarded.settings.keys = {{.secret = good_secret}};
  EXPECT_EQ(guarded.outcome_of(token()), "ok");
  auto other = hmac_token(hs256, std::string(32, 't'), R"({"alg":"HS256","kid":"h"})", claims);
  EXPECT_EQ(guarded.outcome_of(other), "token_key_unknown");
}

// ---- what was verified is remembered

TEST_F(JwtTest, AVerifiedTokenIsRememberedUntilItEnds) {
  EXPECT_EQ(guarded.outcome_of(token()), "ok");
  EXPECT_EQ(guarded.outcome_of(token()), "ok");
  EXPECT_THAT(metrics(), HasSubstr("sluice_jwt_cache_total{policy=\"login\",result=\"hit\"} 1"));
  wall += 3629s;
  guarded.loop.advance(1s);
  EXPECT_EQ(guarded.outcome_of(token()), "ok");
  wall += 1s;
  guarded.loop.advance(1s);
  EXPECT_EQ(guarded.outcome_of(token()), "token_expired");
  EXPECT_THAT(metrics(), HasSubstr("sluice_jwt_cache_total{policy=\"login\",result=\"hit\"} 2"));
  EXPECT_THAT(metrics(), HasSubstr("sluice_jwt_cache_total{policy=\"login\",result=\"miss\"} 2"));
}

TEST_F(JwtTest, NothingIsRememberedWhereTheCacheIsOff) {
  guarded.settings.cache.reset();
  EXPECT_EQ(guarded.outcome_of(token()), "ok");
  EXPECT_EQ(guarded.outcome_of(token()), "ok");
  EXPECT_THAT(metrics(), HasSubstr("sluice_jwt_cache_total{policy=\"login\",result=\"hit\"} 0"));
}

TEST_F(JwtTest, ThePrincipalOutlivesItsPlaceInTheCache) {
  guarded.settings.cache->entries = 1;
  guarded.settings.forward_claims = {{"sub", "X-User-ID"}};
  auto waiting = guarded.request();
  ASSERT_EQ(waiting.bearer(token()).outcome(), "ok");
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(guarded.outcome_of(token(R"({"sub":"u)" + std::to_string(i) + R"(","exp":1700003600})")), "ok");
  EXPECT_EQ(waiting.exchange().principal.subject, "ann");
  EXPECT_TRUE(waiting.exchange().principal.has_scope("write"));
  EXPECT_EQ(waiting.exchange().principal.claim("plan"), "gold");
  EXPECT_EQ(waiting.forwarded("X-User-ID"), "ann");
}

TEST_F(JwtTest, ARememberedTokenAllocatesNothing) {
  guarded.settings.forward_claims = {{"sub", "X-User-ID"}};
  ASSERT_EQ(guarded.outcome_of(token()), "ok");
  auto request = guarded.request();
  request.bearer(token()).field("x-user-id", "forged");
  request.exchange().arena.take(1);  // its block
  auto before = kit::allocations();
  auto verdict = guarded.built().on_request(request.exchange());
  EXPECT_EQ(kit::allocations(), before);
  EXPECT_EQ(verdict.value(), Verdict::proceed);
  EXPECT_THAT(metrics(), HasSubstr("sluice_jwt_cache_total{policy=\"login\",result=\"hit\"} 1"));
}

// ---- keys in files and from an issuer

TEST_F(JwtTest, KeysComeFromAFile) {
  auto file = std::filesystem::temp_directory_path() / ("jwt_test_" + std::to_string(getpid()) + ".json");
  std::ofstream(file) << set_of({issuer("P-256").jwk(R"("kid":"e")")});
  guarded.settings.keys.clear();
  guarded.settings.jwks = JwksSettings{.file = file};
  EXPECT_EQ(guarded.outcome_of(issuer("P-256").token(es256, R"({"alg":"ES256","kid":"e"})", claims)), "ok");
  EXPECT_THAT(guarded.errors, IsEmpty());
  EXPECT_THAT(guarded.findings.files, ElementsAre(file));
  std::filesystem::remove(file);
}

TEST_F(JwtTest, AFileThatIsNoKeySetIsAnError) {
  auto file = std::filesystem::temp_directory_path() / ("jwt_test_bad_" + std::to_string(getpid()) + ".json");
  auto error_with = [&](const std::string& text) {
    std::ofstream(file) << text;
    Guarded other;
    other.settings.jwks = JwksSettings{.file = file};
    other.built();
    return other.errors.empty() ? "none" : other.errors[0];
  };
  EXPECT_THAT(error_with("[]"), HasSubstr("is no key set: it has no array 'keys'"));
  EXPECT_THAT(error_with("{"), HasSubstr("is not strictly JSON"));
  EXPECT_THAT(error_with(R"({"keys":[{"kty":"AKP","kid":"x"}]})"),
              HasSubstr("has no key that can be used; key 'x' is left out: its 'kty' is none of"));
  EXPECT_THAT(error_with(std::string((1 << 20) + 1, ' ')),
              HasSubstr("cannot be read, or has more than 1MiB"));
  std::filesystem::remove(file);
  guarded.settings.jwks = JwksSettings{.file = file};
  guarded.built();
  EXPECT_THAT(guarded.errors, ElementsAre(HasSubstr("cannot be read")));
}

namespace {

struct IssuedTest : JwtTest {
  PuppetFetcher fetcher;
  Scope running;
  Scope requests;

  IssuedTest() {
    guarded.settings.keys.clear();
    guarded.settings.jwks = JwksSettings{.url = "https://idp.example/jwks"};
  }
  void start() {
    guarded.built();
    ASSERT_EQ(guarded.background.size(), 1u);
    running.spawn(guarded.background[0]->run(guarded.loop.worker, fetcher));
    guarded.loop.spin();
  }
  // What became of the last request that was begun; none while it waits.
  std::optional<Verdict> decided;
  Task<Unit> decide(Exchange& x) {
    auto deciding = guarded.built().on_request(x);
    decided = co_await deciding;
    co_return Unit{};
  }
  void begin(Guarded::Request& request) {
    decided.reset();
    requests.spawn(decide(request.exchange()));
    guarded.loop.spin();
  }
  static std::string set(const std::string& kid) {
    return set_of({issuer("P-256").jwk("\"kid\":\"" + kid + "\"")});
  }
  static std::string signed_by(const std::string& kid) {
    return issuer("P-256").token(es256, R"({"alg":"ES256","kid":")" + kid + "\"}", claims);
  }
};

}  // namespace

TEST_F(IssuedTest, AnUnknownKeyIsAskedForOnce) {
  start();
  fetcher.answer(set("a"));
  guarded.loop.spin();
  EXPECT_EQ(guarded.outcome_of(signed_by("a")), "ok");

  auto renewed = guarded.request();
  begin(renewed.bearer(signed_by("b")));
  EXPECT_EQ(decided, std::nullopt) << "it waits";
  ASSERT_TRUE(fetcher.busy());
  fetcher.answer(set("b"));
  guarded.loop.spin();
  EXPECT_EQ(decided, Verdict::proceed);
  EXPECT_EQ(renewed.exchange().principal.subject, "ann");

  auto unknown = guarded.request();
  begin(unknown.bearer(signed_by("c")));
  EXPECT_EQ(decided, Verdict::reply) << "within the cooldown";
  EXPECT_EQ(std::string(unknown.exchange().response.reason), "token_key_unknown");
  EXPECT_FALSE(fetcher.busy());
}

TEST_F(IssuedTest, ATokenOfAKeyThatIsWithdrawnIsNoLongerRemembered) {
  guarded.settings.jwks->refresh = 60s;
  start();
  fetcher.answer(set("a"));
  guarded.loop.spin();
  EXPECT_EQ(guarded.outcome_of(signed_by("a")), "ok");
  EXPECT_EQ(guarded.outcome_of(signed_by("a")), "ok");
  guarded.loop.advance(61s);
  ASSERT_TRUE(fetcher.busy());
  fetcher.answer(set("b"));
  guarded.loop.spin();
  auto request = guarded.request();
  begin(request.bearer(signed_by("a")));
  if (!decided) {
    ASSERT_TRUE(fetcher.busy());
    fetcher.answer(set("b"));
    guarded.loop.spin();
  }
  EXPECT_EQ(decided, Verdict::reply);
  EXPECT_EQ(std::string(request.exchange().response.reason), "token_key_unknown");
}

TEST_F(IssuedTest, WithoutAnyKeyTheClientIsNotToBlame) {
  start();
  fetcher.fail("connect_refused");
  guarded.loop.spin();
  auto request = guarded.request();
  begin(request.bearer(signed_by("a")));
  for (int i = 0; i < 100 && !decided; ++i) {
    if (fetcher.busy()) fetcher.fail("connect_refused");
    guarded.loop.advance(100ms);
  }
  ASSERT_EQ(decided, Verdict::reply);
  EXPECT_EQ(std::string(request.exchange().response.reason), "token_keys_unavailable");
  EXPECT_EQ(request.exchange().response.status, 503);
  EXPECT_EQ(request.challenge(), "");
}

TEST_F(IssuedTest, ABadTokenIsToldApartWithoutKeys) {
  start();
  EXPECT_EQ(guarded.outcome_of("a.b"), "token_malformed");
  EXPECT_EQ(guarded.request().outcome(), "token_missing");
}

TEST_F(IssuedTest, AClientThatLeavesWhileItWaitsIsForgotten) {
  start();
  fetcher.answer(set("a"));
  guarded.loop.spin();
  {
    auto request = guarded.request();
    begin(request.bearer(signed_by("b")));
    EXPECT_EQ(decided, std::nullopt);
    requests.cancel();
  }
  fetcher.answer(set("b"));
  guarded.loop.spin();
  EXPECT_EQ(guarded.outcome_of(signed_by("b")), "ok");
}
