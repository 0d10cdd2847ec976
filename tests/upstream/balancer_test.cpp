#include "upstream/balancer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "upstream/fixtures.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using config::Balance;

namespace {

constexpr Balance all_kinds[] = {Balance::round_robin, Balance::least_request, Balance::peak_ewma,
                                 Balance::random, Balance::consistent_hash};

char letter(const Endpoint* e) {
  return e ? static_cast<char>('a' + e->identity().address.host.back() - '1') : '.';
}

// Who is tried first by `count` requests, one after the other: "abcabc".
std::string firsts(Balancer& balancer, int count) {
  std::string order;
  for (int i = 0; i < count; ++i) order += letter(balancer.walk().next());
  return order;
}

std::map<char, double> shares(Balancer& balancer, int count) {
  std::map<char, double> by_endpoint;
  for (char c : firsts(balancer, count)) by_endpoint[c] += 1.0 / count;
  return by_endpoint;
}

class EveryBalancer : public ::testing::TestWithParam<Balance> {
 protected:
  BalancerPtr make(std::shared_ptr<const EndpointSet> set, unsigned worker = 0) {
    return make_balancer(rules(GetParam()), std::move(set), worker, 42);
  }
  Endpoints endpoints;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Kinds, EveryBalancer, ::testing::ValuesIn(all_kinds), [](auto& kind) {
  return std::string(config::names_of(Balance{})[static_cast<std::size_t>(kind.param)]);
});

TEST_P(EveryBalancer, WalksOverEachEndpointOnce) {
  auto balancer = make(endpoints.set({1, 5, 1, 2}));
  for (int i = 0; i < 100; ++i) {
    auto walk = balancer->walk();
    std::set<Endpoint*> met;
    while (auto* e = walk.next()) EXPECT_TRUE(met.insert(e).second);
    EXPECT_EQ(met.size(), 4u);
    EXPECT_EQ(walk.next(), nullptr);
  }
}

TEST_P(EveryBalancer, AWalkEndsAfterItsStepsHoweverManyThereAre) {
  auto balancer = make(EndpointSet::arrange(endpoints.members(100), Endpoints::hashed()));
  auto walk = balancer->walk();
  std::set<Endpoint*> met;
  while (auto* e = walk.next()) met.insert(e);
  EXPECT_EQ(met.size(), Walk::max_steps);
}

TEST_P(EveryBalancer, NeverMeetsTheUnhealthy) {
  auto balancer = make(endpoints.set({1, 1, 1}));
  endpoints.at(2)->set_health(false, "down");
  for (int i = 0; i < 100; ++i) {
    auto walk = balancer->walk();
    std::string met;
    while (auto* e = walk.next()) met += letter(e);
    EXPECT_EQ(met.size(), 2u);
    EXPECT_EQ(met.find('b'), std::string::npos);
  }
  endpoints.at(2)->set_health(true, "");
  EXPECT_NE(firsts(*balancer, 100).find('b'), std::string::npos);
}

TEST_P(EveryBalancer, SeesHealthChangeBetweenTwoSteps) {
  auto balancer = make(endpoints.set({1, 1}));
  auto walk = balancer->walk();
  auto* first = walk.next();
  auto other = first == endpoints.at(1).get() ? endpoints.at(2) : endpoints.at(1);
  other->set_health(false, "down");
  EXPECT_EQ(walk.next(), nullptr);
}

TEST_P(EveryBalancer, HasNobodyWhenAllAreUnhealthyOrNoneIsThere) {
  auto set = endpoints.set({1, 1});
  auto balancer = make(set);
  for (auto& m : set->members()) m.endpoint->set_health(false, "down");
  EXPECT_EQ(balancer->walk().next(), nullptr);
  auto empty = make(std::make_shared<const EndpointSet>());
  EXPECT_EQ(empty->walk().next(), nullptr);
}

TEST_P(EveryBalancer, GivesNothingToWeightZero) {
  auto balancer = make(endpoints.set({0, 1}));
  EXPECT_EQ(firsts(*balancer, 50), std::string(50, 'b'));
  auto idle = make(endpoints.set({0, 0}));
  EXPECT_EQ(idle->walk().next(), nullptr);
}

// 100,000 idle requests: each share within one percentage point of its weight, also when one of them is out.
TEST_P(EveryBalancer, SharesByWeight) {
  auto balancer = make(endpoints.set({1, 2, 5, 2}));
  auto all = shares(*balancer, 100'000);
  EXPECT_NEAR(all['a'], 0.1, 0.01);
  EXPECT_NEAR(all['b'], 0.2, 0.01);
  EXPECT_NEAR(all['c'], 0.5, 0.01);
  EXPECT_NEAR(all['d'], 0.2, 0.01);
  endpoints.at(3)->set_health(false, "down");
  auto rest = shares(*balancer, 100'000);
  EXPECT_NEAR(rest['a'], 0.2, 0.01);
  EXPECT_NEAR(rest['b'], 0.4, 0.01);
  EXPECT_NEAR(rest['d'], 0.4, 0.01);
}

TEST_P(EveryBalancer, SharesByWeightWhereFewOfManyAreLeft) {
  auto members = endpoints.members(60);
  members[59].weight = 3;
  auto balancer = make(EndpointSet::arrange(members, Endpoints::hashed()));
  for (unsigned i = 1; i <= 58; ++i) endpoints.at(i)->set_health(false, "down");
  int heavy = 0;
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i) heavy += balancer->walk().next() == members[59].endpoint.get();
  EXPECT_NEAR(heavy, count * 0.75, count * 0.02);
}

TEST_P(EveryBalancer, OutlivesItsReplacementUntilTheLastWalkEnds) {
  auto balancer = make(endpoints.set({1, 1}));
  auto walk = balancer->walk();
  ASSERT_NE(walk.next(), nullptr);
  balancer.reset();
  EXPECT_NE(walk.next(), nullptr);
  auto moved = std::move(walk);
  EXPECT_EQ(moved.next(), nullptr);
}

TEST(RoundRobin, GoesInTurnAndSmoothlyByWeight) {
  Endpoints endpoints;
  auto even = make_balancer(rules(Balance::round_robin), endpoints.set({1, 1, 1}), 0, 0);
  EXPECT_EQ(firsts(*even, 7), "abcabca");
  auto weighted = make_balancer(rules(Balance::round_robin), endpoints.set({5, 1, 1}), 0, 0);
  EXPECT_EQ(firsts(*weighted, 14), "aabacaaaabacaa");
}

TEST(RoundRobin, EachWorkerBeginsElsewhere) {
  Endpoints endpoints;
  std::string begins;
  for (unsigned worker = 0; worker < 4; ++worker)
    begins += letter(
        make_balancer(rules(Balance::round_robin), endpoints.set({1, 1, 1}), worker, 0)->walk().next());
  EXPECT_EQ(begins, "abca");
}

TEST(RoundRobin, SharesOfTheOutedGoToAllOthersEvenly) {
  Endpoints endpoints;
  auto balancer = make_balancer(rules(Balance::round_robin), endpoints.set({1, 1, 1}), 0, 0);
  endpoints.at(2)->set_health(false, "down");
  EXPECT_EQ(firsts(*balancer, 6), "acacac");
}

TEST(LeastRequest, TakesTheIdlerOfTwo) {
  Endpoints endpoints;
  auto balancer = make_balancer(rules(Balance::least_request), endpoints.set({1, 1}), 1, 42);
  endpoints.at(1)->local(1).in_flight.add(1);
  EXPECT_EQ(firsts(*balancer, 50), std::string(50, 'b'));
  endpoints.at(2)->local(0).in_flight.add(9);  // another worker's requests are not seen
  EXPECT_EQ(firsts(*balancer, 50), std::string(50, 'b'));
}

TEST(LeastRequest, MeasuresLoadByWeight) {
  Endpoints endpoints;
  auto balancer = make_balancer(rules(Balance::least_request), endpoints.set({1, 4}), 0, 42);
  endpoints.at(1)->local(0).in_flight.add(2);
  endpoints.at(2)->local(0).in_flight.add(7);
  EXPECT_EQ(firsts(*balancer, 50), std::string(50, 'b'));
  endpoints.at(2)->local(0).in_flight.add(2);
  EXPECT_EQ(firsts(*balancer, 50), std::string(50, 'a'));
}

// One of five answers ten times slower; 50 requests are in flight all the time. The slow one gets far less
// than its fifth, and at no time many more requests than an even spread.
TEST(LeastRequest, ASlowEndpointGetsLess) {
  Endpoints endpoints;
  auto set = endpoints.set({1, 1, 1, 1, 1});
  auto balancer = make_balancer(rules(Balance::least_request), set, 0, 42);
  std::multimap<std::uint64_t, Endpoint*> running;  // by the time of the answer
  std::map<char, int> sent;
  std::uint64_t worst = 0;
  std::uint64_t now = 0;
  for (int i = 0; i < 50'000; ++i) {
    if (running.size() == 50) {
      auto done = running.begin();
      now = done->first;
      done->second->local(0).in_flight.add(~std::uint64_t{0});
      running.erase(done);
    }
    auto* e = balancer->walk().next();
    e->local(0).in_flight.add();
    worst = std::max(worst, e->local(0).in_flight.value());
    running.emplace(now + (letter(e) == 'a' ? 1000 : 100), e);
    ++sent[letter(e)];
  }
  EXPECT_LT(sent['a'], 50'000 * 0.05);
  for (char c : {'b', 'c', 'd', 'e'}) EXPECT_NEAR(sent[c], 50'000 * 0.245, 50'000 * 0.02);
  EXPECT_LE(worst, 20u);
}
