#include "upstream/consistent_hash.hpp"

#include <gtest/gtest.h>

#include <map>

#include "upstream/fixtures.hpp"
#include "upstream/simulation.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using namespace std::chrono_literals;
using config::Balance;

namespace {

Asked asked(int number) {
  Asked a;
  a.key = hash_of("key-" + std::to_string(number));
  return a;
}

struct ConsistentHashes : ::testing::Test {
  Endpoints endpoints;
  EndpointSet::Ptr set = EndpointSet::arrange(endpoints.members(10), Endpoints::hashed());

  BalancerPtr make(double max_load = 1.25, unsigned worker = 0, std::uint64_t seed = 42) {
    auto r = rules(Balance::consistent_hash);
    r.max_load = max_load;
    return make_balancer(r, set, worker, seed);
  }
  static std::vector<Endpoint*> owners(Balancer& balancer, int keys) {
    std::vector<Endpoint*> all;
    for (int i = 0; i < keys; ++i) all.push_back(balancer.walk(asked(i)).next());
    return all;
  }
};

}  // namespace

TEST_F(ConsistentHashes, BringsAKeyToItsEndpointOnEveryWorkerAndAfterAReload) {
  auto here = make(), there = make(1.25, 3, 7);
  auto before = owners(*here, 1000);
  EXPECT_EQ(owners(*here, 1000), before);
  EXPECT_EQ(owners(*there, 1000), before);
}

TEST_F(ConsistentHashes, TheSecondChoiceIsTheSameEachTimeToo) {
  auto balancer = make();
  for (int i = 0; i < 100; ++i) {
    auto a = balancer->walk(asked(i)), b = balancer->walk(asked(i));
    for (int step = 0; step < 10; ++step) EXPECT_EQ(a.next(), b.next());
    EXPECT_EQ(a.next(), nullptr);
  }
}

TEST_F(ConsistentHashes, WhenOneFailsOnlyItsKeysMoveAndAllTakeSome) {
  constexpr int keys = 20'000;
  auto balancer = make();
  auto before = owners(*balancer, keys);
  endpoints.at(4)->set_health(false, "down");
  auto during = owners(*balancer, keys);
  std::map<Endpoint*, int> heirs;
  int moved = 0;
  for (int i = 0; i < keys; ++i) {
    if (before[i] == during[i]) continue;
    EXPECT_EQ(before[i], endpoints.at(4).get());
    ++moved;
    ++heirs[during[i]];
  }
  EXPECT_LE(moved, keys / 10 * 1.5);
  EXPECT_EQ(heirs.size(), 9u);
  endpoints.at(4)->set_health(true, "");
  EXPECT_EQ(owners(*balancer, keys), before);
}

TEST_F(ConsistentHashes, WithoutAKeyAnyEndpointWillDo) {
  auto balancer = make();
  std::map<Endpoint*, int> counts;
  for (int i = 0; i < 10'000; ++i) ++counts[balancer->walk().next()];
  EXPECT_EQ(counts.size(), 10u);
  for (auto& [endpoint, count] : counts) EXPECT_NEAR(count, 1000, 150);
}

// 80 requests are in flight and all of them have the same key: nobody has more than 125 % of an even share.
TEST_F(ConsistentHashes, OneBusyKeyDoesNotDrownItsEndpoint) {
  auto balancer = make();
  for (int i = 0; i < 80; ++i) balancer->walk(asked(1)).next()->local(0).in_flight.add(1);
  for (auto& m : set->members()) EXPECT_LE(m.endpoint->local(0).in_flight.value(), 10u);  // 8 × 1.25
  auto unbounded = make(0);
  auto* owner = unbounded->walk(asked(1)).next();
  owner->local(0).in_flight.add(100);
  EXPECT_EQ(unbounded->walk(asked(1)).next(), owner);
}

TEST_F(ConsistentHashes, ALightLoadKeepsEveryKeyWhereItBelongs) {
  auto balancer = make();
  auto* owner = balancer->walk(asked(1)).next();
  owner->local(0).in_flight.add(1);
  EXPECT_NE(balancer->walk(asked(1)).next(), owner);  // it has all there is in flight
  for (auto& m : set->members()) m.endpoint->local(0).in_flight.add(1);
  owner->local(0).in_flight.add(~std::uint64_t{0});
  EXPECT_EQ(balancer->walk(asked(1)).next(), owner);
}

TEST_F(ConsistentHashes, TheBoundFollowsTheWeight) {
  auto members = endpoints.members(2);
  members[1].weight = 3;
  auto r = rules(Balance::consistent_hash);
  r.max_load = 1.0;
  auto balancer = make_balancer(r, EndpointSet::arrange(members, Endpoints::hashed()), 0, 42);
  for (int i = 0; i < 40; ++i) balancer->walk(asked(i)).next()->local(0).in_flight.add(1);
  EXPECT_EQ(endpoints.at(1)->local(0).in_flight.value(), 10u);
  EXPECT_EQ(endpoints.at(2)->local(0).in_flight.value(), 30u);
}

// Keys as they are in life: the first of a thousand is asked for as often as the second and third together.
TEST_F(ConsistentHashes, HoldsItsBoundUnderALoadOfUnevenKeys) {
  Load load;
  load.arrivals = 20'000;
  load.requests = 40'000;
  auto r = rules(Balance::consistent_hash);
  r.max_load = 1.25;
  Simulation simulation(set, r, load);
  Random random(1);
  simulation.ask = [&](Asked a) {
    a.key = asked(static_cast<int>(std::pow(1000.0, random.share()))).key;
    return a;
  };
  auto report = simulation.run();
  for (std::size_t i = 0; i < 10; ++i) EXPECT_NEAR(report.share(i), 0.1, 0.05) << i;
}
