// Health checks, discovery and names in the background, with a clock, a network and a DNS of the test's own.
#include "upstream/upkeep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "net/loop.hpp"
#include "telemetry/log.hpp"
#include "upstream/puppet_dialler.hpp"
#include "upstream/puppet_names.hpp"
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

  PuppetNames* dns = new PuppetNames;  // the upkeep's
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
        std::unique_ptr<NameService>(dns), puppet.dialler());
  }

  void resolve(const std::string& host, std::initializer_list<const char*> addresses) {
    dns->resolve(host, addresses);
  }
  void fail(const std::string& host) { dns->fail(host); }

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
  Discovered() {
    settings.discover.emplace();
    settings.discover->dns = "users.internal";
    settings.discover->port = 8080;
  }
};

TEST_F(Discovered, IsEmptyUntilTheNameResolves) {
  publish();
  EXPECT_THAT(names_on(loop.reactor), IsEmpty());
  resolve("users.internal", {"10.0.0.2", "10.0.0.1"});
  loop.advance(1010ms);  // sooner than the refresh, while nothing is known
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:8080", "10.0.0.2:8080"));
  EXPECT_THAT(names_on(second), ElementsAre("10.0.0.1:8080", "10.0.0.2:8080"));
  EXPECT_THAT(dns->asked, ElementsAre("users.internal", "users.internal"));
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
  EXPECT_EQ(text.find("discovery.failed"), text.rfind("discovery.failed"));
  resolve("users.internal", {"10.0.0.1"});
  loop.advance(5010ms);
  EXPECT_THAT(logged.str(), HasSubstr("discovery.recovered"));
}

TEST_F(Discovered, AnEmptyAnswerKeepsTheLastGoodSet) {
  resolve("users.internal", {"10.0.0.1"});
  publish();
  resolve("users.internal", {});
  loop.advance(5010ms);
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:8080"));
  EXPECT_THAT(logged.str(), HasSubstr("reason=empty"));
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
  auto lookups = dns->asked.size();
  loop.advance(60s);
  EXPECT_EQ(dns->asked.size(), lookups);
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
  EXPECT_THAT(dns->asked, ElementsAre("users.internal", "others.internal", "others.internal"));
}

TEST_F(Discovered, IsLookedUpAgainWhenItsTimeToLiveIsOver) {
  dns->ttl = 30s;
  resolve("users.internal", {"10.0.0.1"});
  publish();
  loop.advance(29s);
  EXPECT_EQ(dns->asked.size(), 1u);
  loop.advance(1100ms);
  EXPECT_EQ(dns->asked.size(), 2u);
  settings.discover->refresh = 2s;  // sooner than it says
  publish();
  loop.advance(2100ms);
  EXPECT_EQ(dns->asked.size(), 4u);
}

TEST_F(Discovered, AsksTheServersThatAreNamed) {
  settings.discover->server.push_back(*Scalar<config::Address>::parse("127.0.0.1:8600"));
  publish();
  ASSERT_EQ(dns->servers.size(), 1u);
  EXPECT_EQ(dns->servers[0], settings.discover->server);
}

// ---- services

struct Served : Kept {
  Served() {
    settings.discover.emplace();
    settings.discover->srv = "_http._tcp.users.internal";
  }
  void serve(std::vector<Service> services) { dns->serve("_http._tcp.users.internal", std::move(services)); }
  void look_again() {
    loop.advance(5010ms);
    loop.spin();
  }
};

TEST_F(Served, PriorityIsTierAndWeightIsWeight) {
  resolve("a.internal", {"10.0.0.1"});
  resolve("b.internal", {"10.0.0.2"});
  resolve("c.internal", {"10.0.0.3"});
  serve({{"b.internal", 81, 10, 20}, {"a.internal", 80, 10, 60}, {"c.internal", 82, 20, 0}});
  publish();
  auto set = users->endpoints();
  ASSERT_EQ(set->size(), 3u);
  EXPECT_EQ(member(0).name(), "a.internal:80");
  EXPECT_EQ(member(0).address()->to_string(), "10.0.0.1:80");
  EXPECT_EQ(set->members()[0].weight, 60u);
  EXPECT_EQ(set->members()[1].weight, 20u);
  EXPECT_EQ(set->members()[2].weight, 1u);
  ASSERT_EQ(set->tiers().size(), 2u);
  EXPECT_EQ(set->tiers()[1]->members()[0].endpoint->name(), "c.internal:82");
  auto walk = users->walk(loop.reactor.worker());
  EXPECT_NE(walk.next()->name(), "c.internal:82");
}

TEST_F(Served, ItsHostIsTheServicesAndNotWhateverDnsAnswers) {
  resolve("pod-7.internal", {"10.0.0.7"});
  serve({{"pod-7.internal", 8080, 0, 0}});
  publish();
  EXPECT_EQ(member().authority(), "users.internal:8080");
}

TEST_F(Served, ASetWithNewNamesWaitsUntilTheyHaveAddresses) {
  resolve("a.internal", {"10.0.0.1"});
  serve({{"a.internal", 80, 0, 0}});
  publish();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("a.internal:80"));
  resolve("b.internal", {"10.0.0.2"});
  dns->hold("b.internal");
  serve({{"b.internal", 80, 0, 0}});
  look_again();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("a.internal:80")) << "the new one cannot be reached yet";
  dns->release("b.internal");
  loop.spin();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("b.internal:80"));
  EXPECT_THAT(names_on(second), ElementsAre("b.internal:80"));
}

TEST_F(Served, OneSlowNameHoldsUpTheOthersForTwoSeconds) {
  resolve("a.internal", {"10.0.0.1"});
  dns->hold("slow.internal");
  serve({{"a.internal", 80, 0, 0}, {"slow.internal", 80, 0, 0}});
  publish();
  EXPECT_THAT(names_on(loop.reactor), IsEmpty());
  loop.advance(2010ms);
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("a.internal:80"));
  resolve("slow.internal", {"10.0.0.2"});
  dns->release("slow.internal");
  loop.spin();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("a.internal:80", "slow.internal:80"));
}

TEST_F(Served, AnAnswerWhoseNamesHaveNoAddressKeepsTheLastGoodSet) {
  resolve("a.internal", {"10.0.0.1"});
  serve({{"a.internal", 80, 0, 0}});
  publish();
  serve({{"nobody.internal", 80, 0, 0}});
  look_again();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("a.internal:80"));
  EXPECT_EQ(status_of(*users).discovery->error, "none of its names has an address");
  serve({{"a.internal", 80, 0, 0}});
  look_again();
  EXPECT_EQ(status_of(*users).discovery->error, "");
  EXPECT_TRUE(member().available());
}

TEST_F(Served, WhatStaysKeepsHealthAndConnections) {
  resolve("a.internal", {"10.0.0.1"});
  resolve("b.internal", {"10.0.0.2"});
  serve({{"a.internal", 80, 0, 0}});
  publish();
  auto* a = &member();
  a->eject();
  ASSERT_TRUE(a->add_connection(0));
  serve({{"a.internal", 80, 0, 5}, {"b.internal", 80, 0, 5}});
  look_again();
  ASSERT_EQ(users->endpoints()->size(), 2u);
  EXPECT_EQ(&member(0), a);
  EXPECT_TRUE(a->ejected());
  EXPECT_EQ(a->connections(), 1u);
  EXPECT_THAT(retired, IsEmpty());
}

TEST_F(Served, AServicesNamesGoOnBeingLookedUp) {
  resolve("a.internal", {"10.0.0.1"});
  serve({{"a.internal", 80, 0, 0}});
  publish();
  resolve("a.internal", {"10.0.0.9"});
  look_again();
  EXPECT_EQ(member().address()->to_string(), "10.0.0.9:80");
}

TEST_F(Served, AReloadToTlsIsAnotherEndpointUnderTheServicesName) {
  resolve("a.internal", {"10.0.0.1"});
  serve({{"a.internal", 443, 0, 0}});
  publish();
  EXPECT_FALSE(member().identity().tls);
  settings.tls.emplace();
  publish();
  EXPECT_TRUE(member().identity().tls);
  EXPECT_EQ(member().authority(), "users.internal");
}

// ---- files

struct Filed : Kept {
  Finding first;

  Filed() {
    settings.discover.emplace();
    settings.discover->file = "/etc/users.yaml";
  }
  static Finding finding(std::initializer_list<const char*> urls) {
    Finding f;
    for (auto url : urls) f.endpoints.emplace_back().url = *Scalar<config::EndpointUrl>::parse(url);
    return f;
  }
  void start() {
    auto next = std::make_shared<Upstream>("users", settings, registry, nullptr, first);
    upkeep->follow({next});
    users = next;
    loop.spin();
  }
  void change(const Finding& to, const char* path = "/etc/users.yaml") {
    upkeep->take(path, to);
    loop.spin();
  }
};

TEST_F(Filed, BeginsWithWhatTheBuildHasRead) {
  first = finding({"http://10.0.0.1:80", "http://10.0.0.2:80"});
  start();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:80", "10.0.0.2:80"));
  auto status = status_of(*users).discovery;
  EXPECT_EQ(status->kind, "file");
  EXPECT_EQ(status->items, 2u);
}

TEST_F(Filed, AChangeIsTakenByAllWorkers) {
  first = finding({"http://10.0.0.1:80"});
  start();
  auto* stays = &member();
  change(finding({"http://10.0.0.1:80", "https://10.0.0.2:443"}));
  EXPECT_THAT(names_on(second), ElementsAre("10.0.0.1:80", "10.0.0.2:443"));
  EXPECT_EQ(&member(0), stays);
  EXPECT_TRUE(member(1).identity().tls) << "the file says so of each";
  change(finding({"http://10.9.9.9:80"}), "/etc/others.yaml");
  EXPECT_EQ(users->endpoints()->size(), 2u) << "another file is none of its business";
}

TEST_F(Filed, ABadFileKeepsTheLastGoodSetAlsoOverAReload) {
  first = finding({"http://10.0.0.1:80"});
  start();
  change(Finding::failed("/etc/users.yaml:3:7: expected an endpoint"));
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:80"));
  EXPECT_EQ(status_of(*users).discovery->error, "/etc/users.yaml:3:7: expected an endpoint");
  EXPECT_THAT(logged.str(), HasSubstr("/etc/users.yaml:3:7: expected an endpoint"));
  first = Finding::failed("/etc/users.yaml:3:7: expected an endpoint");
  start();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:80"));
  change(finding({"http://10.0.0.2:80"}));
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.2:80"));
  EXPECT_EQ(status_of(*users).discovery->error, "");
}

TEST_F(Filed, WithoutAGoodFileThereIsNobodyUntilThereIsOne) {
  first = Finding::failed("/etc/users.yaml: cannot read: No such file or directory");
  start();
  EXPECT_THAT(names_on(loop.reactor), IsEmpty());
  EXPECT_FALSE(status_of(*users).discovery->usable);
  change(finding({"http://10.0.0.1:80"}));
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.1:80"));
}

TEST_F(Filed, NewNamesHaveAddressesBeforeTheyAreUsed) {
  first = finding({"http://a.internal:80"});
  resolve("a.internal", {"10.0.0.1"});
  start();
  dns->hold("b.internal");
  resolve("b.internal", {"10.0.0.2"});
  change(finding({"http://b.internal:80"}));
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("a.internal:80"));
  dns->release("b.internal");
  loop.spin();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("b.internal:80"));
}

TEST_F(Filed, TheLastOfSeveralChangesWins) {
  first = finding({"http://10.0.0.1:80"});
  start();
  dns->hold("b.internal");
  change(finding({"http://b.internal:80"}));
  change(finding({"http://10.0.0.3:80"}));
  dns->release("b.internal");
  loop.spin();
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.3:80"));
}

TEST_F(Filed, AReloadToListedEndpointsEndsIt) {
  first = finding({"http://10.0.0.1:80"});
  start();
  settings.discover.reset();
  settings.endpoints = {endpoint_at("10.0.0.5")};
  publish();
  change(finding({"http://10.0.0.2:80"}));
  EXPECT_THAT(names_on(loop.reactor), ElementsAre("10.0.0.5:8080"));
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
  EXPECT_EQ(dns->asked.size(), 1u);
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
  EXPECT_FALSE(status.discovery);
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
