#include "upstream/sticky.hpp"

#include <gtest/gtest.h>

#include <set>

#include "upstream/fixtures.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using namespace std::chrono_literals;
using config::Balance;

namespace {

config::Sticky settings(std::string secret = "sixteen characters") {
  config::Sticky s;
  s.secret = std::move(secret);
  return s;
}

struct StickyTest : ::testing::Test {
  Endpoints endpoints;
  Sticky sticky{settings(), "users"};
  EndpointSet::Ptr set;
  BalancerPtr balancer;

  void SetUp() override {
    auto members = endpoints.members(5);
    for (auto& m : members) m.token = sticky.token(m.endpoint->name());
    members[4].tier = 1;
    set = EndpointSet::arrange(members, {});
    balancer = make_balancer(rules(Balance::random), set, 0, 42);
  }
  Asked with(std::string_view token) {
    Asked a;
    a.token = token;
    return a;
  }
};

}  // namespace

TEST_F(StickyTest, BringsAClientBackWhateverThePolicyTierOrLoad) {
  for (auto& m : set->members()) {
    m.endpoint->local(0).in_flight.add(100);
    for (int i = 0; i < 20; ++i) {
      auto walk = balancer->walk(with(m.token));
      EXPECT_EQ(walk.next(), m.endpoint.get());
      EXPECT_EQ(walk.token(*m.endpoint), m.token);
    }
  }
}

TEST_F(StickyTest, ChoosesAnewWhereTheEndpointIsNotAvailableOrGone) {
  auto& bound = set->members()[1];
  bound.endpoint->set_health(false, "down");
  auto walk = balancer->walk(with(bound.token));
  auto* other = walk.next();
  ASSERT_NE(other, nullptr);
  EXPECT_NE(walk.token(*other), bound.token);
  EXPECT_EQ(walk.token(*bound.endpoint), "");  // it was not met
  auto gone = sticky.token("10.0.0.99:8080");
  EXPECT_NE(balancer->walk(with(gone)).next(), nullptr);
}

TEST_F(StickyTest, ARetryGoesElsewhereByThePolicy) {
  auto& bound = set->members()[1];
  auto walk = balancer->walk(with(bound.token));
  EXPECT_EQ(walk.next(), bound.endpoint.get());
  std::set<Endpoint*> others;
  while (auto* e = walk.next()) others.insert(e);
  EXPECT_EQ(others.size(), 4u);
  EXPECT_FALSE(others.contains(bound.endpoint.get()));
}

TEST_F(StickyTest, NobodyElseCanMakeAToken) {
  auto name = set->members()[0].endpoint->name();
  auto token = sticky.token(name);
  EXPECT_EQ(set->called(token), &set->members()[0]);
  EXPECT_EQ(set->called(Sticky(settings("another secret of ours"), "users").token(name)), nullptr);
  EXPECT_EQ(set->called(Sticky(settings(), "orders").token(name)), nullptr);  // another upstream's
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(set->called(forged), nullptr);
  }
  for (auto bad : {std::string(), name, token + "A", token.substr(1), std::string(10'000, 'A')})
    EXPECT_EQ(set->called(bad), nullptr);
}

TEST_F(StickyTest, ATokenHasNothingOfTheAddress) {
  auto token = sticky.token("10.0.0.1:8080");
  EXPECT_EQ(token.size(), 24u);
  EXPECT_EQ(token.find("10"), token.npos) << token;
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            token.npos);
}

TEST_F(StickyTest, WritesTheCookieThatBrowsersGuard) {
  auto s = settings();
  s.cookie = "side";
  s.ttl = 90min;
  Arena arena;
  Sticky named(s, "users");
  EXPECT_EQ(named.field("T", false, arena), "side=T; Path=/; Max-Age=5400; HttpOnly; SameSite=Lax");
  EXPECT_EQ(named.field("T", true, arena), "side=T; Path=/; Max-Age=5400; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(named.variable().spelling(), "cookie.side");
}
