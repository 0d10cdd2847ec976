#include "upstream/zones.hpp"

#include <gtest/gtest.h>

#include "upstream/fixtures.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using config::Balance;

namespace {

// Ten endpoints near, numbers 1 to 10, and ten far.
struct ZonesTest : ::testing::TestWithParam<Balance> {
  Endpoints endpoints;
  BalancerPtr balancer;

  void SetUp() override {
    auto members = endpoints.members(20);
    for (std::size_t i = 0; i < 20; ++i) members[i].zone = i < 10 ? "here" : i < 15 ? "there" : "";
    auto order = Endpoints::hashed();
    order.local_zone = "here";
    balancer = make_balancer(rules(GetParam()), EndpointSet::arrange(members, order), 0, 42);
  }
  void fail(unsigned first, unsigned last) {
    for (unsigned i = first; i <= last; ++i) endpoints.at(i)->set_health(false, "down");
  }
  bool is_near(const Endpoint* e) {
    for (unsigned i = 1; i <= 10; ++i)
      if (endpoints.at(i).get() == e) return true;
    return false;
  }
  double near_share() {
    int near = 0;
    for (int i = 0; i < 20'000; ++i) {
      Asked asked;
      asked.key = hash_of(std::to_string(i));
      near += is_near(balancer->walk(asked).next());
    }
    return near / 20'000.0;
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Kinds, ZonesTest,
                         ::testing::Values(Balance::round_robin, Balance::least_request, Balance::peak_ewma,
                                           Balance::random, Balance::consistent_hash),
                         [](auto& kind) {
                           return std::string(
                               config::names_of(Balance{})[static_cast<std::size_t>(kind.param)]);
                         });

TEST_P(ZonesTest, TheNearOneTakesAllWhileItIsWellEnough) {
  EXPECT_EQ(near_share(), 1);
  fail(1, 3);
  EXPECT_EQ(near_share(), 1);  // 70 % are left
}

TEST_P(ZonesTest, SpillsOverInProportionAsItSickens) {
  for (unsigned failed = 4; failed <= 10; ++failed) {
    fail(1, failed);
    EXPECT_NEAR(near_share(), (10 - failed) / 7.0, 0.015) << failed;
  }
}

TEST_P(ZonesTest, TheNearOneTakesAllWhereNobodyElseIsLeft) {
  fail(1, 9);
  fail(11, 20);
  EXPECT_EQ(near_share(), 1);
  fail(10, 10);
  EXPECT_EQ(balancer->walk().next(), nullptr);
}

TEST_P(ZonesTest, AWalkUsesUpItsZoneBeforeItLeaves) {
  auto walk = balancer->walk();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(is_near(walk.next()));
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(is_near(walk.next()));
  EXPECT_EQ(walk.next(), nullptr);  // its steps are used up
}

TEST(EndpointSet, HasNoZonesWhereAllEndpointsAreInTheSame) {
  Endpoints endpoints;
  auto members = endpoints.members(3);
  EndpointSet::Order order;
  order.local_zone = "here";
  EXPECT_EQ(EndpointSet::arrange(members, order)->near(), nullptr);  // none is here
  for (auto& m : members) m.zone = "here";
  EXPECT_EQ(EndpointSet::arrange(members, order)->near(), nullptr);  // all are
  members[0].zone = "there";
  EXPECT_EQ(EndpointSet::arrange(members, order)->near()->size(), 2u);
  EXPECT_EQ(EndpointSet::arrange(members, {})->near(), nullptr);  // nobody asked
}
