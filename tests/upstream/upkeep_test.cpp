// Health checks, discovery and names in the background, with a clock, a network and a DNS of the test's own.
#include "upstream/upkeep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "net/loop.hpp"
#include "telemetry/log.hpp"
#include "upstream/puppet_dialler.hpp"
#include "upstream/status.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

config::Endpoint endpoint_at(const std::string& host, std::uint16_t port = 8080) {
  config::Endpoint e;
  e.url.address.host = host;
  e.url.address.port = port;
  return e;
}

struct Kept : ::testing::Test {
  std::ostringstream logged;
  telemetry::log::Redirect redirect{logged};
  telemetry::Metrics metrics{2};
  std::vector<std::shared_ptr<Endpoint>> retired;
  net::TestLoop loop;
  net::Reactor second{1, [] { return net::TestLoop::clock; }};
  PuppetDialler puppet;
  Registry registry{metrics, 2, [this](std::shared_ptr<Endpoint> e) { retired.push_back(std::move(e)); }};

  std::map<std::string, Result<Addresses>> dns;
  std::vector<std::string> looked_up;
  config::Upstream settings;
  std::shared_ptr<Upstream> users;
  std::optional<Upkeep> upkeep;

  Kept() {
    upkeep.emplace(
        loop.reactor, metrics,
        [this](std::function<void(Worker&)> f) {
          loop.reactor.mailbox().post([this, f] { f(loop.reactor.worker()); });
          second.mailbox().post([this, f] { f(second.worker()); });
        },
        [this](std::string host) { return look_up(std::move(host)); }, puppet.dialler());
  }

  Task<Result<Addresses>> look_up(std::string host) {
    looked_up.push_back(host);
    auto known = dns.find(host);
    if (known == dns.end()) co_return Error(Error::Kind::unavailable, Error::Side::upstream, "dns_not_found");
    co_return known->second;
  }
  void resolve(const std::string& host, std::initializer_list<const char*> addresses) {
    Addresses all;
    for (auto a : addresses) all.push_back(*IpAddress::parse(a));
    dns.insert_or_assign(host, Result<Addresses>(all));
  }
  void fail(const std::string& host) {
    dns.insert_or_assign(
        host, Result<Addresses>(Error(Error::Kind::unavailable, Error::Side::upstream, "dns_failed")));
  }

  // A reload: the settings as they are now become the snapshot.
  void publish() {
    auto next = std::make_shared<Upstream>("users", settings, registry, nullptr);
    upkeep->follow({next});
    users = next;
    loop.spin();
  }
  void withdraw() {
    upkeep->follow({});
    users.reset();
    loop.spin();
  }
  void check_with(Duration interval) {
    config::Health health;
    health.interval = interval;
    health.path = "/healthz";
    settings.health = health;
  }
  // The server's answer to the check that waits.
  void answer(int status) {
    puppet.last().say("HTTP/1.1 " + std::to_string(status) + " Some\r\nContent-Length: 0\r\n\r\n");
    loop.spin();
  }
  Endpoint& member(std::size_t i = 0) { return *users->endpoints()->members()[i].endpoint; }
  std::vector<std::string> names_on(net::Reactor& reactor) {
    reactor.poll();
    std::vector<std::string> names;
    auto walk = users->walk(reactor.worker());
    while (auto* e = walk.next()) names.push_back(e->name());
    std::ranges::sort(names);
    return names;
  }
};

struct Checked : Kept {
  Checked() {
    settings.endpoints = {endpoint_at("10.0.0.1")};
    check_with(5s);
  }
  // The following checks, one by one: '+' is answered 200, '-' 503, '!' refused, '.' not at all.
  void checks(std::string_view outcomes) {
    for (char c : outcomes) {
      puppet.refusal = c == '!' ? std::optional(refused()) : std::nullopt;
      auto before = puppet.calls.size();
      for (int i = 0; i < 12 && puppet.calls.size() == before; ++i) loop.advance(500ms);
      ASSERT_EQ(puppet.calls.size(), before + 1);
      if (c == '+') answer(200);
      if (c == '-') answer(503);
      if (c == '.') loop.advance(1001ms);
    }
  }
};

}  // namespace

// ---- active checks

TEST_F(Checked, TheFirstCheckIsMadeAtOnceAndAsksForThePath) {
  publish();
  ASSERT_EQ(puppet.calls.size(), 1u);
  EXPECT_EQ(puppet.calls[0].address, "10.0.0.1:8080");
  auto request = puppet.last().take();
  EXPECT_THAT(request, HasSubstr("GET /healthz HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Host: 10.0.0.1:8080\r\n"));
  EXPECT_THAT(request, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(member().available());
}

TEST_F(Checked, BuildingStartsNothing) {
  Upstream built("users", settings, registry, nullptr);
  loop.advance(10s);
  EXPECT_THAT(puppet.calls, IsEmpty());
}

TEST_F(Checked, ADeadEndpointIsOutAfterTheFirstCheck) {
  puppet.refusal = refused();
  publish();
  EXPECT_FALSE(member().available());
  EXPECT_EQ(member().health().reason, "connect_refused");
  EXPECT_THAT(logged.str(), HasSubstr("endpoint.unhealthy"));
  EXPECT_THAT(logged.str(), HasSubstr("connect_refused"));
  EXPECT_THAT(metrics.text(),
              HasSubstr("sluice_endpoint_healthy{upstream=\"users\",endpoint=\"10.0.0.1:8080\"} 0"));
}

TEST_F(Checked, FallsAndRisesAfterSoManyInARow) {
  publish();
  answer(200);
  checks("--");
  EXPECT_TRUE(member().healthy());
  checks("-");
  EXPECT_FALSE(member().healthy());
  EXPECT_EQ(member().health().reason, "status 503, expected 200-399");
  checks("+");
  EXPECT_FALSE(member().healthy());
  checks("+");
  EXPECT_TRUE(member().healthy());
  EXPECT_THAT(logged.str(), HasSubstr("endpoint.healthy"));
  EXPECT_THAT(metrics.text(),
              HasSubstr("sluice_endpoint_healthy{upstream=\"users\",endpoint=\"10.0.0.1:8080\"} 1"));
}

TEST_F(Checked, FlappingBelowTheThresholdsIsNoTransition) {
  publish();
  answer(200);
  checks("--+--+!+-.+");
  EXPECT_TRUE(member().healthy());
  EXPECT_THAT(logged.str(), Not(HasSubstr("endpoint.")));
}

TEST_F(Checked, NoAnswerWithinTheTimeoutIsAFailure) {
  publish();
  loop.advance(990ms);
  EXPECT_TRUE(member().healthy());
  loop.advance(20ms);
  EXPECT_FALSE(member().healthy());
  EXPECT_EQ(member().health().reason, "no answer in time");
  EXPECT_TRUE(puppet.last().far_saw_end());
}

TEST_F(Checked, AConnectionThatNeverComesIsAFailure) {
  puppet.stalls = true;
  publish();
  loop.advance(1010ms);
  EXPECT_EQ(member().health().reason, "no answer in time");
}

TEST_F(Checked, RubbishIsAFailure) {
  publish();
  puppet.last().say("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  loop.spin();
  EXPECT_FALSE(member().healthy());
  EXPECT_THAT(member().health().reason, Not(IsEmpty()));
}

TEST_F(Checked, InterimAnswersAreNotTheAnswer) {
  publish();
  puppet.last().say("HTTP/1.1 103 Early Hints\r\n\r\n");
  loop.spin();
  answer(503);
  EXPECT_FALSE(member().healthy());
}

TEST_F(Checked, ExpectsTheConfiguredStatuses) {
  settings.health->expect = {404, 404};
  settings.health->path = "/no?such=page";
  publish();
  EXPECT_THAT(puppet.last().take(), HasSubstr("GET /no?such=page HTTP/1.1\r\n"));
  answer(200);
  EXPECT_EQ(member().health().reason, "status 200, expected 404");
  checks("+");  // answers 200 again
  EXPECT_FALSE(member().healthy());
}

TEST_F(Checked, UsesItsOwnPortAndTheUpstreamsHost) {
  settings.health->port = 9000;
  settings.host.kind = config::HostPolicy::Kind::name;
  settings.host.name = "users.example.com";
  publish();
  EXPECT_EQ(puppet.calls[0].address, "10.0.0.1:9000");
  EXPECT_THAT(puppet.last().take(), HasSubstr("Host: users.example.com\r\n"));
}

TEST_F(Checked, TcpAsksForNoMoreThanAConnection) {
  settings.health->type = config::HealthType::tcp;
  publish();
  EXPECT_EQ(puppet.last().take(), "");
  EXPECT_TRUE(puppet.last().far_saw_end());
  EXPECT_TRUE(member().healthy());
  checks("!!!");
  EXPECT_FALSE(member().healthy());
}

TEST_F(Checked, ChecksComeAtTheInterval) {
  publish();
  answer(200);
  loop.advance(4400ms);
  EXPECT_EQ(puppet.calls.size(), 1u);
  loop.advance(1200ms);
  EXPECT_EQ(puppet.calls.size(), 2u);
}

TEST_F(Checked, AReloadKeepsHealthAndTheRowOfFailures) {
  publish();
  answer(200);
  checks("--");
  settings.endpoints.push_back(endpoint_at("10.0.0.2"));
  settings.balance = config::Balance::random;
  publish();
  answer(200);  // the new one's first check
  EXPECT_TRUE(member(0).healthy());
  auto before = puppet.calls.size();
  while (puppet.calls.size() == before || puppet.calls.back().address != "10.0.0.1:8080") loop.advance(100ms);
  answer(503);
  EXPECT_FALSE(member(0).healthy());  // the third in a row, two of them before the reload
  publish();
  EXPECT_FALSE(member(0).healthy());
  EXPECT_TRUE(member(1).healthy());
}

TEST_F(Checked, ChangedSettingsTakeEffectAtOnce) {
  settings.health->interval = 1h;
  publish();
  answer(200);
  settings.health->path = "/ready";
  settings.health->fall = 1;
  publish();
  EXPECT_THAT(puppet.last().take(), HasSubstr("GET /ready HTTP/1.1"));
  answer(500);
  EXPECT_FALSE(member().healthy());
}

TEST_F(Checked, UnchangedSettingsCauseNoExtraCheck) {
  publish();
  answer(200);
  publish();
  publish();
  EXPECT_EQ(puppet.calls.size(), 1u);
}

TEST_F(Checked, WithoutChecksEverybodyIsHealthy) {
  puppet.refusal = refused();
  publish();
  ASSERT_FALSE(member().healthy());
  settings.health = {};
  publish();
  EXPECT_TRUE(member().available());
  auto checks = puppet.calls.size();
  loop.advance(60s);
  EXPECT_EQ(puppet.calls.size(), checks);
}

TEST_F(Checked, StopsWhenNoSnapshotHasIt) {
  publish();
  withdraw();
  EXPECT_TRUE(puppet.last().far_saw_end());
  loop.advance(60s);
  EXPECT_EQ(puppet.calls.size(), 1u);
  EXPECT_EQ(retired.size(), 1u);
  EXPECT_EQ(registry.size(), 0u);
}

// ---- discovery

struct Discovered : Kept {
  Discovered() { settings.discover = config::Discover{"users.internal", 8080, 5s}; }
};

TEST_F(Discovered, IsEmptyUntilTheNameResolves) {
  publish();
  EXPECT_THAT(names_on(loop.reactor), IsEmpty());
  resolve("users.internal", {"10.0.0.2", "10.0.0.1"});
  loop.advance(1010ms);  // sooner than the refresh, while nothing is known
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:8080", "10.0.0.2:8080"));
  EXPECT_THAT(names_on(second), ElementsAre("10.0.0.1:8080", "10.0.0.2:8080"));
  EXPECT_THAT(looked_up, ElementsAre("users.internal", "users.internal"));
}

TEST_F(Discovered, EndpointsComeAndGoWithTheAnswers) {
  resolve("users.internal", {"10.0.0.1", "10.0.0.2"});
  publish();
  auto stays = users->endpoints()->members()[1].endpoint;
  resolve("users.internal", {"10.0.0.2", "10.0.0.3"});
  loop.advance(5010ms);
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.2:8080", "10.0.0.3:8080"));
  EXPECT_EQ(&member(0), stays.get());
  EXPECT_THAT(retired, IsEmpty());  // the second worker has not read its mail
  EXPECT_THAT(names_on(second), ElementsAre("10.0.0.2:8080", "10.0.0.3:8080"));
  ASSERT_EQ(retired.size(), 1u);
  EXPECT_EQ(retired[0]->name(), "10.0.0.1:8080");
}

TEST_F(Discovered, AWalkUnderWayKeepsItsSet) {
  resolve("users.internal", {"10.0.0.1", "10.0.0.2"});
  publish();
  auto walk = users->walk(loop.reactor.worker());
  auto* first = walk.next();
  resolve("users.internal", {"10.0.0.9"});
  loop.advance(5010ms);
  second.poll();
  auto* other = walk.next();
  ASSERT_TRUE(other);
  EXPECT_NE(first, other);
  EXPECT_THAT(retired, IsEmpty());
}

TEST_F(Discovered, AFailureKeepsTheLastGoodSetAndIsLoggedOnce) {
  resolve("users.internal", {"10.0.0.1"});
  publish();
  fail("users.internal");
  for (int i = 0; i < 5; ++i) loop.advance(5010ms);
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:8080"));
  auto text = logged.str();
  EXPECT_THAT(text, HasSubstr("dns_failed"));
  EXPECT_EQ(text.find("dns.failed"), text.rfind("dns.failed"));
  resolve("users.internal", {"10.0.0.1"});
  loop.advance(5010ms);
  EXPECT_THAT(logged.str(), HasSubstr("dns.recovered"));
}

TEST_F(Discovered, AnEmptyAnswerKeepsTheLastGoodSet) {
  resolve("users.internal", {"10.0.0.1"});
  publish();
  resolve("users.internal", {});
  loop.advance(5010ms);
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:8080"));
  EXPECT_THAT(logged.str(), HasSubstr("dns_empty"));
}

TEST_F(Discovered, AReloadStartsFromWhatIsKnown) {
  resolve("users.internal", {"10.0.0.1"});
  publish();
  member().set_health(false, "for the test");
  fail("users.internal");
  auto next = std::make_shared<Upstream>("users", settings, registry, nullptr);
  ASSERT_EQ(next->endpoints()->size(), 1u);
  EXPECT_FALSE(next->endpoints()->members()[0].endpoint->healthy());
}

TEST_F(Discovered, WhatIsFoundIsChecked) {
  check_with(5s);
  resolve("users.internal", {"10.0.0.1"});
  publish();
  ASSERT_EQ(puppet.calls.size(), 1u);
  EXPECT_THAT(puppet.last().take(), HasSubstr("Host: users.internal:8080\r\n"));
  answer(200);
  resolve("users.internal", {"10.0.0.2"});
  loop.advance(5600ms);
  EXPECT_EQ(puppet.calls.back().address, "10.0.0.2:8080");
  auto calls = puppet.calls.size();
  answer(200);
  loop.advance(5600ms);
  EXPECT_EQ(puppet.calls.back().address, "10.0.0.2:8080");
  EXPECT_EQ(puppet.calls.size(), calls + 1);
}

TEST_F(Discovered, StopsWhenNoSnapshotHasIt) {
  resolve("users.internal", {"10.0.0.1"});
  publish();
  withdraw();
  auto lookups = looked_up.size();
  loop.advance(60s);
  EXPECT_EQ(looked_up.size(), lookups);
}

TEST_F(Discovered, ANewNameOrRefreshIsLookedUpAtOnce) {
  resolve("users.internal", {"10.0.0.1"});
  resolve("others.internal", {"10.0.0.7"});
  publish();
  settings.discover->dns = "others.internal";
  publish();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.7:8080"));
  settings.discover->refresh = 1s;
  publish();
  EXPECT_THAT(looked_up, ElementsAre("users.internal", "others.internal", "others.internal"));
}

// ---- endpoints by name

TEST_F(Kept, ANamedEndpointIsUnavailableUntilItsNameResolves) {
  settings.endpoints = {endpoint_at("a.internal"), endpoint_at("10.0.0.5")};
  publish();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.5:8080"));
  resolve("a.internal", {"10.0.0.1", "10.0.0.2"});
  loop.advance(1010ms);
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.5:8080", "a.internal:8080"));
  EXPECT_EQ(member(0).address()->to_string(), "10.0.0.1:8080");
  resolve("a.internal", {"10.0.0.2"});
  loop.advance(5010ms);
  EXPECT_EQ(member(0).address()->to_string(), "10.0.0.2:8080");
  fail("a.internal");
  loop.advance(5010ms);
  EXPECT_TRUE(member(0).available());
}

TEST_F(Kept, AReloadThatAddsAPortOfAKnownNameHasItsAddressAtOnce) {
  resolve("a.internal", {"10.0.0.1"});
  settings.endpoints = {endpoint_at("a.internal")};
  publish();
  settings.endpoints.push_back(endpoint_at("a.internal", 8081));
  publish();
  EXPECT_TRUE(member(1).available());
  EXPECT_EQ(looked_up.size(), 1u);
}

TEST_F(Kept, AnUnresolvedNameIsNotHeldAgainstTheEndpointsHealth) {
  settings.endpoints = {endpoint_at("a.internal")};
  check_with(5s);
  publish();
  loop.advance(500ms);
  EXPECT_TRUE(member().healthy());
  EXPECT_THAT(puppet.calls, IsEmpty());
  resolve("a.internal", {"10.0.0.1"});
  loop.advance(600ms);
  loop.advance(60ms);
  EXPECT_EQ(puppet.calls.size(), 1u);
}

// ---- status

TEST_F(Kept, StatusTellsEachEndpoint) {
  settings.endpoints = {endpoint_at("10.0.0.1"), endpoint_at("a.internal")};
  settings.endpoints[0].weight = 3;
  settings.balance = config::Balance::round_robin;
  publish();
  member(0).set_health(false, "status 503, expected 200-399");
  ASSERT_TRUE(member(0).add_connection(0));
  member(0).local(1).in_flight.add(2);
  auto status = status_of(*users);
  EXPECT_EQ(status.name, "users");
  EXPECT_EQ(status.balance, "round_robin");
  EXPECT_FALSE(status.discovered);
  ASSERT_EQ(status.endpoints.size(), 2u);
  auto& a = status.endpoints[0];
  EXPECT_EQ(a.name, "10.0.0.1:8080");
  EXPECT_EQ(a.address, "10.0.0.1:8080");
  EXPECT_EQ(a.weight, 3u);
  EXPECT_FALSE(a.available);
  EXPECT_FALSE(a.healthy);
  EXPECT_EQ(a.reason, "status 503, expected 200-399");
  EXPECT_LT(wall_now() - a.since, 1min);
  EXPECT_EQ(a.connections, 1u);
  EXPECT_EQ(a.in_flight, 2u);
  auto& b = status.endpoints[1];
  EXPECT_EQ(b.name, "a.internal:8080");
  EXPECT_EQ(b.address, "");
  EXPECT_FALSE(b.available);
  EXPECT_TRUE(b.healthy);
}
