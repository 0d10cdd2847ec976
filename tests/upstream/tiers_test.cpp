#include "upstream/tiers.hpp"

#include <gtest/gtest.h>

#include <set>

#include "upstream/fixtures.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using config::Balance;

namespace {

// Two endpoints in each of the tiers 0, 1 and 5.
struct TiersTest : ::testing::Test {
  Endpoints endpoints;
  BalancerPtr balancer;

  void SetUp() override {
    auto members = endpoints.members(6);
    constexpr std::uint32_t tiers[] = {5, 5, 0, 0, 1, 1};
    for (std::size_t i = 0; i < 6; ++i) members[i].tier = tiers[i];
    balancer = make_balancer(rules(Balance::round_robin), EndpointSet::arrange(members, {}), 0, 42);
  }
  void set_health(unsigned number, bool healthy) { endpoints.at(number)->set_health(healthy, "test"); }
  // The numbers of those that a hundred requests were sent to.
  std::string serving() {
    std::set<char> all;
    for (int i = 0; i < 100; ++i)
      if (auto* e = balancer->walk().next()) all.insert(e->identity().address.host.back());
    return {all.begin(), all.end()};
  }
};

}  // namespace

TEST_F(TiersTest, TheLowestThatHasAnybodyServes) {
  EXPECT_EQ(serving(), "34");
  set_health(3, false);
  EXPECT_EQ(serving(), "4");
  set_health(4, false);
  EXPECT_EQ(serving(), "56");
  set_health(5, false);
  set_health(6, false);
  EXPECT_EQ(serving(), "12");
  set_health(1, false);
  set_health(2, false);
  EXPECT_EQ(serving(), "");
  set_health(4, true);
  EXPECT_EQ(serving(), "4");
}

TEST_F(TiersTest, AWalkGoesOnInTheNextTier) {
  auto walk = balancer->walk();
  std::string order;
  while (auto* e = walk.next()) order += e->identity().address.host.back();
  EXPECT_EQ(order, "345612");
}

TEST_F(TiersTest, EachTierHasItsZones) {
  auto members = endpoints.members(4);
  members[2].tier = members[3].tier = 1;
  members[1].zone = members[3].zone = "here";
  EndpointSet::Order order;
  order.local_zone = "here";
  balancer = make_balancer(rules(Balance::random), EndpointSet::arrange(members, order), 0, 42);
  EXPECT_EQ(serving(), "2");
  set_health(2, false);
  EXPECT_EQ(serving(), "1");
  set_health(1, false);
  EXPECT_EQ(serving(), "4");
}
