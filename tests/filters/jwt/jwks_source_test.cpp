// An issuer that the test plays, and a clock that it moves.
#include "filters/jwt/jwks_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "filters/jwt/puppet_fetcher.hpp"
#include "kit/loop.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace std::chrono_literals;
using sluice::filters::jwt::testing::PuppetFetcher;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

// RFC 7517 §A.1 and RFC 8037 §A.2.
std::string ec_key(const std::string& kid) {
  return R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
         R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":")" +
         kid + "\"}";
}
std::string ed_key(const std::string& kid) {
  return R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":")" + kid +
         "\"}";
}
std::string set_of(std::initializer_list<std::string> keys) {
  std::string text;
  for (auto& k : keys) text += (text.empty() ? "" : ",") + k;
  return "{\"keys\":[" + text + "]}";
}

struct JwksSourceTest : ::testing::Test {
  std::ostringstream logged;
  telemetry::log::Redirect redirect{logged};
  telemetry::Metrics metrics{2};
  kit::Loop loop;
  Mailbox mailbox;
  Worker other{1, loop.timers, mailbox, loop.background};
  Keepsakes keepsakes;
  PuppetFetcher fetcher;
  JwksOrigin origin;
  JwksTimes times;
  std::shared_ptr<JwksSource> source;
  Scope running;
  Scope requests;
  int went_on = 0;
  std::vector<std::string> errors;

  JwksSourceTest() { origin.url = "https://idp.example/jwks?tenant=a"; }

  void spin() {
    do loop.spin();
    while (mailbox.drain() > 0);
  }
  void advance(Duration d) {
    loop.advance(d);
    spin();
  }
  std::shared_ptr<JwksSource> make() {
    std::vector<std::shared_ptr<Background>> background;
    FilterContext context{"login", 2, metrics, keepsakes, background, errors};
    auto made = jwks_source(origin, times, context);
    EXPECT_THAT(background, ElementsAre(made));
    return made;
  }
  // Publish.
  void start() {
    auto next = make();
    running.cancel();
    source = next;
    running.spawn(source->run(loop.worker, fetcher));
    spin();
  }
  void answer(const std::string& body, std::uint16_t status = 200) {
    ASSERT_TRUE(fetcher.busy());
    fetcher.answer(body, status);
    spin();
  }
  void fail(const char* cause = "connect_refused") {
    ASSERT_TRUE(fetcher.busy());
    fetcher.fail(cause);
    spin();
  }
  // A request whose token names a key that is not there.
  Task<Unit> request(Worker& worker) {
    auto asking = source->refetch(worker);
    co_await asking;
    ++went_on;
    co_return Unit{};
  }
  void ask(Worker& worker) {
    requests.spawn(request(worker));
    spin();
  }
  bool knows(const std::string& kid) {
    auto* keys = source->keys(loop.worker);
    auto* there = source->keys(other);
    EXPECT_EQ(keys, there) << "the same for all workers";
    return keys && keys->knows(kid);
  }
  std::string metric(const std::string& line) const {
    auto page = metrics.text();
    auto at = page.find(line);
    return at == page.npos ? ""
                           : page.substr(at + line.size() + 1, page.find('\n', at) - at - line.size() - 1);
  }
};

}  // namespace

TEST_F(JwksSourceTest, FetchesAtOnceAndServesAllWorkers) {
  source = make();
  EXPECT_EQ(source->keys(loop.worker), nullptr);
  EXPECT_TRUE(fetcher.calls.empty()) << "nothing is fetched by the making";
  start();
  ASSERT_EQ(fetcher.calls.size(), 1u);
  EXPECT_EQ(fetcher.last().url, "https://idp.example/jwks?tenant=a");
  EXPECT_EQ(fetcher.last().timeout, 5s);
  EXPECT_EQ(fetcher.last().max_body, mebibytes(1));
  EXPECT_FALSE(fetcher.last().insecure);
  EXPECT_EQ(source->keys(loop.worker), nullptr);
  answer(set_of({ec_key("a"), ed_key("b")}));
  EXPECT_TRUE(knows("a") && knows("b"));
  auto status = source->status();
  EXPECT_TRUE(status.usable);
  EXPECT_EQ(status.kind, "jwks");
  EXPECT_EQ(status.name, "https://idp.example/jwks");
  EXPECT_EQ(status.items, 2u);
  EXPECT_EQ(status.error, "");
  EXPECT_TRUE(status.loaded);
}

TEST_F(JwksSourceTest, WhatTheOriginAsksForIsFetchedSo) {
  origin.insecure = true;
  origin.ca = "/dev/null";
  start();
  EXPECT_TRUE(fetcher.last().insecure);
  EXPECT_EQ(fetcher.last().ca, "/dev/null");
}

TEST_F(JwksSourceTest, AuthoritiesThatCannotBeReadAreAFaultOfTheConfiguration) {
  origin.ca = "/no/such/idp.pem";
  make();
  EXPECT_THAT(errors, ElementsAre("jwks.ca: /no/such/idp.pem: cannot be read"));
}

TEST_F(JwksSourceTest, RefreshesAndForgetsKeysThatAreWithdrawn) {
  start();
  answer(set_of({ec_key("old")}));
  advance(13min);
  EXPECT_EQ(fetcher.calls.size(), 1u);
  advance(2min);
  ASSERT_EQ(fetcher.calls.size(), 2u);
  EXPECT_TRUE(knows("old")) << "while the fetch is under way";
  answer(set_of({ec_key("new")}));
  EXPECT_TRUE(knows("new"));
  EXPECT_FALSE(knows("old"));
}

TEST_F(JwksSourceTest, TheVersionChangesWithTheKeysAndOnlyThen) {
  start();
  auto before = source->version();
  answer(set_of({ec_key("a"), ed_key("b")}));
  auto first = source->version();
  EXPECT_NE(first, before);
  advance(15min);
  answer(set_of({ed_key("b"), ec_key("a")}));
  EXPECT_EQ(source->version(), first) << "shuffled";
  advance(15min);
  answer(set_of({ed_key("a"), ec_key("b")}));
  EXPECT_NE(source->version(), first) << "the same names for other keys";
  first = source->version();
  advance(15min);
  fail();
  EXPECT_EQ(source->version(), first);
}

TEST_F(JwksSourceTest, AnIssuerThatIsDownIsTriedLaterAndLater) {
  times.refresh = 10s;
  start();
  for (Duration pause : {1s, 2s, 4s, 8s, 10s, 10s}) {
    auto before = fetcher.calls.size();
    fail();
    EXPECT_FALSE(source->status().usable);
    EXPECT_EQ(source->status().error, "connect_refused");
    advance(pause * 9 / 10 - 10ms);
    EXPECT_EQ(fetcher.calls.size(), before) << pause.count();
    advance(pause / 10 + 20ms);
    EXPECT_EQ(fetcher.calls.size(), before + 1) << pause.count();
  }
  answer(set_of({ec_key("a")}));
  EXPECT_TRUE(source->status().usable);
  EXPECT_EQ(source->status().error, "");
  EXPECT_THAT(logged.str(), HasSubstr("jwks.recovered"));
  auto text = logged.str();
  EXPECT_EQ(text.find("jwks.failed"), text.rfind("jwks.failed")) << "told once";
}

TEST_F(JwksSourceTest, TheLastGoodKeysServeUntilTheyAreTooOld) {
  times.max_stale = 1h;
  start();
  answer(set_of({ec_key("a")}));
  auto begun = loop.timers.now();
  auto version = source->version();
  while (loop.timers.now() < begun + 59min) {
    advance(1s);
    if (fetcher.busy()) fail("fetch_timeout");
    ASSERT_TRUE(knows("a"));
  }
  EXPECT_TRUE(source->status().usable);
  EXPECT_EQ(source->status().error, "fetch_timeout");
  advance(1min + 10ms);
  EXPECT_EQ(source->keys(loop.worker), nullptr);
  EXPECT_NE(source->version(), version) << "what was remembered of tokens is to be forgotten";
  EXPECT_FALSE(source->status().usable);
  EXPECT_EQ(source->status().items, 0u);
  EXPECT_FALSE(source->status().loaded);
  EXPECT_THAT(logged.str(), HasSubstr("jwks.too_old"));
  while (!fetcher.busy()) advance(1s);
  answer(set_of({ec_key("a")}));
  EXPECT_TRUE(knows("a"));
}

TEST_F(JwksSourceTest, TheyAgeWhileAFetchIsUnderWay) {
  times.max_stale = 15min;
  times.refresh = 15min;
  start();
  answer(set_of({ec_key("a")}));
  while (!fetcher.busy()) advance(1s);
  advance(2min);
  EXPECT_EQ(source->keys(loop.worker), nullptr);
}

TEST_F(JwksSourceTest, EverySuccessMakesThemYoungAgain) {
  times.max_stale = 20min;
  start();
  for (int i = 0; i < 8; ++i) {
    answer(set_of({ec_key("a")}));
    while (!fetcher.busy()) {
      advance(10s);
      ASSERT_TRUE(knows("a"));
    }
  }
}

TEST_F(JwksSourceTest, NothingBadReplacesAGoodSet) {
  start();
  answer(set_of({ec_key("a")}));
  struct Case {
    std::string body, fault;
    std::uint16_t status = 200;
  };
  std::string weak = R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","kid":"s"})";
  for (auto& bad : std::initializer_list<Case>{{"", "the set is not strictly JSON"},
                                               {"<html>", "the set is not strictly JSON"},
                                               {"{}", "the set is no key set"},
                                               {set_of({}), "no usable key"},
                                               {set_of({weak}), "no usable key: key 's' is left out"},
                                               {set_of({ec_key("b")}), "status 500", 500},
                                               {set_of({ec_key("b")}), "status 302", 302},
                                               {set_of({ec_key("b")}), "status 204", 204}}) {
    while (!fetcher.busy()) advance(1min);
    answer(bad.body, bad.status);
    EXPECT_THAT(source->status().error, HasSubstr(bad.fault));
    EXPECT_TRUE(knows("a")) << bad.fault;
    EXPECT_FALSE(knows("b"));
    EXPECT_TRUE(source->status().usable);
  }
}

TEST_F(JwksSourceTest, KeysThatAreLeftOutAreToldOfWithTheSet) {
  start();
  answer(set_of({ec_key("a"), R"({"kty":"oct","k":"AAAA","kid":"s"})"}));
  EXPECT_THAT(logged.str(), HasSubstr("jwks.key_left_out"));
  EXPECT_THAT(logged.str(), HasSubstr("key 's'"));
  EXPECT_EQ(source->status().items, 1u);
}

TEST_F(JwksSourceTest, AlgorithmsThatAreNotAllowedAreLeftOut) {
  origin.allowed = Algorithms{Algorithm::eddsa};
  start();
  answer(set_of({ec_key("a"), ed_key("b")}));
  EXPECT_FALSE(knows("a"));
  EXPECT_TRUE(knows("b"));
}

// ---- unknown keys

TEST_F(JwksSourceTest, AnUnknownKeyIsFetchedForOnce) {
  start();
  answer(set_of({ec_key("old")}));
  advance(1min);
  ask(loop.worker);
  ask(other);
  ASSERT_EQ(fetcher.calls.size(), 2u);
  EXPECT_EQ(went_on, 0);
  answer(set_of({ec_key("old"), ed_key("new")}));
  EXPECT_EQ(went_on, 2);
  EXPECT_TRUE(knows("new"));
}

TEST_F(JwksSourceTest, AStormOfUnknownKeysIsOneFetchInTheCooldown) {
  start();
  answer(set_of({ec_key("a")}));
  for (int i = 0; i < 5'000; ++i) requests.spawn(request(i % 2 ? other : loop.worker));
  spin();
  ASSERT_EQ(fetcher.calls.size(), 2u);
  answer(set_of({ec_key("a")}));
  EXPECT_EQ(went_on, 5'000);
  for (int i = 0; i < 5'000; ++i) requests.spawn(request(i % 2 ? other : loop.worker));
  spin();
  EXPECT_EQ(went_on, 10'000) << "at once";
  EXPECT_EQ(fetcher.calls.size(), 2u);
  advance(31s);
  ask(other);
  EXPECT_EQ(fetcher.calls.size(), 3u);
}

TEST_F(JwksSourceTest, AFetchThatFailsCoolsDownAsWell) {
  start();
  answer(set_of({ec_key("a")}));
  ask(other);
  fail();
  EXPECT_EQ(went_on, 1);
  ask(other);
  EXPECT_EQ(went_on, 2);
  EXPECT_EQ(fetcher.calls.size(), 2u);
}

TEST_F(JwksSourceTest, ASlowIssuerHoldsNobodyForLong) {
  start();
  answer(set_of({ec_key("a")}));
  ask(other);
  advance(Demand::patience + 10ms);
  EXPECT_EQ(went_on, 1);
  EXPECT_TRUE(knows("a"));
}

TEST_F(JwksSourceTest, RequestsBeforeTheFirstKeysWaitForThem) {
  start();
  ask(other);
  EXPECT_EQ(went_on, 0);
  answer(set_of({ec_key("a")}));
  EXPECT_EQ(went_on, 1);
  EXPECT_EQ(fetcher.calls.size(), 1u);
}

// ---- discovery

namespace {

struct Discovered : JwksSourceTest {
  Discovered() {
    origin.url = "https://idp.example/realms/a/";
    origin.discover = true;
  }
  static std::string document(const std::string& issuer, const std::string& uri) {
    return R"({"issuer":")" + issuer + R"(","jwks_uri":")" + uri + R"(","x":[1]})";
  }
};

}  // namespace

TEST_F(Discovered, TheIssuerSaysWhereItsKeysAre) {
  origin.ca = "/dev/null";
  start();
  EXPECT_EQ(fetcher.last().url, "https://idp.example/realms/a/.well-known/openid-configuration");
  EXPECT_EQ(source->status().name, fetcher.last().url);
  answer(document("https://idp.example/realms/a/", "https://keys.example/set"));
  ASSERT_EQ(fetcher.calls.size(), 2u);
  EXPECT_EQ(fetcher.last().url, "https://keys.example/set");
  EXPECT_FALSE(fetcher.last().insecure);
  EXPECT_EQ(fetcher.last().ca, "/dev/null");
  answer(set_of({ec_key("a")}));
  EXPECT_TRUE(knows("a"));
}

TEST_F(Discovered, ADocumentThatIsNotTheIssuersOwnIsRefused) {
  start();
  for (
      auto& [text, fault] : std::initializer_list<std::pair<std::string, std::string>>{
          {document("https://evil.example/", "https://evil.example/set"),
           "discovery: it is of the issuer 'https://evil.example/', not 'https://idp.example/realms/a/'"},
          {document("https://idp.example/realms/a", "https://idp.example/set"),
           "discovery: it is of the issuer"},
          {R"({"jwks_uri":"https://idp.example/set"})", "discovery: it names no issuer"},
          {R"({"issuer":7,"jwks_uri":"https://idp.example/set"})", "discovery: it names no issuer"},
          {R"({"issuer":"https://idp.example/realms/a/"})", "discovery: it has no jwks_uri"},
          {R"({"issuer":"https://evil.example/","issuer":"https://idp.example/realms/a/","jwks_uri":"https://evil.example/set"})",
           "discovery: not an object in strict JSON"},
          {"[]", "discovery: not an object in strict JSON"},
          {"", "discovery: not an object in strict JSON"},
          {std::string(100'000, '['), "discovery: not an object in strict JSON"}}) {
    while (!fetcher.busy()) advance(1s);
    auto before = fetcher.calls.size();
    answer(text);
    EXPECT_EQ(fetcher.calls.size(), before) << "its keys are not even looked at";
    EXPECT_THAT(source->status().error, HasSubstr(fault));
    EXPECT_EQ(source->keys(loop.worker), nullptr);
  }
}

TEST_F(Discovered, WhatAnIssuerClaimsToBeIsNotLoggedAtLength) {
  start();
  std::string issuer(10'000, 'x');
  answer(document(issuer, "https://idp.example/set"));
  EXPECT_LT(source->status().error.size(), 400u);
}

TEST_F(Discovered, FaultsOfBothStepsAreToldApart) {
  start();
  answer("", 404);
  EXPECT_EQ(source->status().error, "discovery: status 404");
  advance(1s);
  answer(document(origin.url, "https://idp.example/set"));
  answer("", 404);
  EXPECT_EQ(source->status().error, "status 404");
}

// ---- reload, and the end

TEST_F(JwksSourceTest, AReloadFindsTheSourceOfTheSameOriginAndTimes) {
  start();
  answer(set_of({ec_key("a")}));
  EXPECT_EQ(make(), source);
  origin.allowed = Algorithms{Algorithm::es256};
  EXPECT_NE(make(), source);
  origin.allowed = Algorithms::all();
  origin.insecure = true;
  EXPECT_NE(make(), source);
}

TEST_F(JwksSourceTest, AReloadWithOtherTimesStartsWithTheKnownKeys) {
  start();
  answer(set_of({ec_key("a")}));
  auto before = source;
  times.refresh = 1min;
  start();
  EXPECT_NE(source, before);
  EXPECT_TRUE(knows("a"));
  EXPECT_TRUE(source->status().usable);
  fail();
  EXPECT_TRUE(knows("a"));
}

TEST_F(JwksSourceTest, KeysThatWereTooOldMeanwhileAreNotTakenOver) {
  start();
  answer(set_of({ec_key("a")}));
  auto before = source;
  running.cancel();
  advance(2h);
  times.max_stale = 1h;
  start();
  EXPECT_EQ(source->keys(loop.worker), nullptr);
  EXPECT_FALSE(source->status().usable);
}

TEST_F(JwksSourceTest, ItMayBeStartedAgain) {
  start();
  answer(set_of({ec_key("a")}));
  running.cancel();
  advance(1h);
  EXPECT_EQ(fetcher.calls.size(), 1u);
  running.spawn(source->run(loop.worker, fetcher));
  spin();
  answer(set_of({ed_key("b")}));
  EXPECT_TRUE(knows("b"));
}

TEST_F(JwksSourceTest, ItsEndLetsAllGoWhoWait) {
  start();
  answer(set_of({ec_key("a")}));
  ask(loop.worker);
  ask(other);
  running.cancel();
  spin();
  EXPECT_EQ(went_on, 2);
  ask(other);
  EXPECT_EQ(went_on, 3);
}

TEST_F(JwksSourceTest, FetchesAreCounted) {
  start();
  answer(set_of({ec_key("a")}));
  advance(15min);
  fail();
  std::string name = R"(sluice_source_fetches_total{kind="jwks",name="https://idp.example/jwks",result=)";
  EXPECT_EQ(metric(name + "\"success\"}"), "1");
  EXPECT_EQ(metric(name + "\"failure\"}"), "1");
}
