#include "upstream/peak_ewma.hpp"

#include <gtest/gtest.h>

#include "upstream/fixtures.hpp"
#include "upstream/simulation.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using namespace std::chrono_literals;
using config::Balance;

namespace {

constexpr TimePoint start(1h);

struct PeakEwmas : ::testing::Test {
  Endpoints endpoints;

  Latency& latency(unsigned number) { return endpoints.at(number)->local(0).latency; }
  Cell& in_flight(unsigned number) { return endpoints.at(number)->local(0).in_flight; }
  int firsts(Balancer& balancer, unsigned number, int count, TimePoint now = start) {
    int hits = 0;
    for (int i = 0; i < count; ++i) hits += balancer.walk(Asked(now)).next() == endpoints.at(number).get();
    return hits;
  }
};

}  // namespace

TEST_F(PeakEwmas, TakesTheFasterOfTwo) {
  auto balancer = make_balancer(rules(Balance::peak_ewma), endpoints.set({1, 1}), 0, 42);
  latency(1).observe(10ms, start, true);
  latency(2).observe(20ms, start, true);
  EXPECT_EQ(firsts(*balancer, 1, 100), 100);
}

TEST_F(PeakEwmas, CountsWhatIsInFlightAlready) {
  auto balancer = make_balancer(rules(Balance::peak_ewma), endpoints.set({1, 1}), 0, 42);
  latency(1).observe(10ms, start, true);
  latency(2).observe(25ms, start, true);
  in_flight(1).add(1);
  EXPECT_EQ(firsts(*balancer, 1, 100), 100);  // 10 ms twice
  in_flight(1).add(1);
  EXPECT_EQ(firsts(*balancer, 2, 100), 100);
}

TEST_F(PeakEwmas, ExpectsOfTheUnknownWhatIsUsual) {
  auto balancer = make_balancer(rules(Balance::peak_ewma), endpoints.set({1, 1, 1}), 0, 42);
  latency(1).observe(10ms, start, true);
  latency(2).observe(30ms, start, true);
  auto to_new = firsts(*balancer, 3, 30'000);  // 20 ms: it wins against the second, loses against the first
  EXPECT_NEAR(to_new, 10'000, 500);
  in_flight(3).add(1);
  EXPECT_EQ(firsts(*balancer, 3, 1000), 0);  // and has had its trial until that is answered
}

TEST_F(PeakEwmas, TriesTheSlowOneAgainAfterAWhile) {
  auto balancer = make_balancer(rules(Balance::peak_ewma), endpoints.set({1, 1}), 0, 42);
  latency(1).observe(1s, start, true);
  latency(2).observe(10ms, start + 40s, true);
  EXPECT_EQ(firsts(*balancer, 1, 100, start + 40s), 0);
  latency(2).observe(10ms, start + 60s, true);
  EXPECT_EQ(firsts(*balancer, 1, 100, start + 60s), 100);
}

// One of five is 25 times slower than the others.
TEST_F(PeakEwmas, AvoidsOneSlowEndpointOfFive) {
  Simulation simulation(endpoints.set({1, 1, 1, 1, 1}), rules(Balance::peak_ewma), Load());
  simulation.servers[0].mean = 50ms;
  auto report = simulation.run();
  EXPECT_LT(report.share(0), 0.02);
  EXPECT_GT(report.sent[0], 5u);  // but it is not forgotten
  for (std::size_t i = 1; i < 5; ++i) EXPECT_NEAR(report.share(i), 0.25, 0.05);
  EXPECT_LT(report.quantile(0.99), 20);
}

// The newcomer is as fast as the others, at a moment when they have a lot to do.
TEST_F(PeakEwmas, DoesNotFloodANewEndpoint) {
  auto members = endpoints.members(5);
  for (unsigned i = 1; i <= 4; ++i) latency(i).observe(5ms, Load().begin, true);
  Load load;
  load.arrivals = 4000;
  load.requests = 400;
  Simulation simulation(EndpointSet::arrange(members, {}), rules(Balance::peak_ewma), load);
  auto report = simulation.run();
  auto most = *std::ranges::max_element(report.worst.begin(), report.worst.begin() + 4);
  EXPECT_LE(report.worst[4], most + 3);
  EXPECT_LT(report.share(4), 0.4);
  EXPECT_GT(report.share(4), 0.1);
}
