// What a slow start does to each policy: upstream/balancer.hpp.
#include <gtest/gtest.h>

#include "upstream/fixtures.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using namespace std::chrono_literals;
using config::Balance;

namespace {

// Five endpoints; the last is available only from `start` on, and the slow start takes 100 seconds.
struct SlowStart : ::testing::TestWithParam<Balance> {
  static constexpr TimePoint start{1h};
  Endpoints endpoints;
  BalancerPtr balancer;

  void SetUp() override {
    auto r = rules(GetParam());
    r.slow_start = 100s;
    auto set = EndpointSet::arrange(endpoints.members(5), {});
    for (auto& m : set->members()) m.endpoint->available_from(start - 1h);
    endpoints.at(5)->available_from(start);
    balancer = make_balancer(r, set, 0, 42);
  }
  double share(unsigned number, TimePoint now) {
    int hits = 0;
    for (int i = 0; i < 50'000; ++i) hits += balancer->walk(Asked(now)).next() == endpoints.at(number).get();
    return hits / 50'000.0;
  }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Kinds, SlowStart,
                         ::testing::Values(Balance::round_robin, Balance::least_request, Balance::peak_ewma,
                                           Balance::random),
                         [](auto& kind) {
                           return std::string(
                               config::names_of(Balance{})[static_cast<std::size_t>(kind.param)]);
                         });

TEST_P(SlowStart, ItsShareGrowsInAStraightLine) {
  for (auto passed : {20, 40, 60, 80}) {
    auto weight = passed / 100.0;
    EXPECT_NEAR(share(5, start + passed * 1s), weight / (4 + weight), 0.01) << passed;
  }
  EXPECT_NEAR(share(5, start + 100s), 0.2, 0.01);
}

TEST_P(SlowStart, BeginsWithATenthOfItsWeight) {
  EXPECT_NEAR(share(5, start), 0.1 / 4.1, 0.005);
}

TEST_P(SlowStart, WhereAllAreNewNobodyIsHeldBack) {
  for (unsigned i = 1; i <= 5; ++i) endpoints.at(i)->available_from(start);
  for (unsigned i = 1; i <= 5; ++i) EXPECT_NEAR(share(i, start + 30s), 0.2, 0.01);
}

TEST_P(SlowStart, IsServedAllTheSameWhereItIsTheOnlyOne) {
  for (unsigned i = 1; i <= 4; ++i) endpoints.at(i)->set_health(false, "down");
  EXPECT_EQ(share(5, start), 1);
}

TEST(Endpoint, IsNewAgainWhenItsLastObstacleHasGone) {
  Endpoints endpoints;
  auto e = endpoints.at(1);
  EXPECT_LE(Clock::now() - e->available_since(), 1min);
  e->available_from(TimePoint(1h));
  e->set_health(true, "nothing has changed");
  EXPECT_EQ(e->available_since(), TimePoint(1h));
  e->set_health(false, "down");
  EXPECT_EQ(e->available_since(), TimePoint(1h));
  e->set_health(true, "up");
  EXPECT_LE(Clock::now() - e->available_since(), 1min);
}
