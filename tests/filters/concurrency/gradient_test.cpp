// The gradient against an upstream that can do so much at once and lets the rest wait.
#include "filters/concurrency/gradient.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace sluice;
using namespace sluice::filters::concurrency;
using namespace std::chrono_literals;

namespace {

// Answers take `alone` while there is a place for each, and longer in proportion when there is not. As many
// requests are in flight as the limit and the demand allow.
struct Upstream {
  double places;
  std::chrono::duration<double> alone = 10ms;
  unsigned demand = 1000;
  std::mt19937 random{1};
  TimePoint now = TimePoint(1h);

  Duration time_with(unsigned in_flight) {
    auto noise = std::uniform_real_distribution(0.9, 1.1)(random);
    return std::chrono::duration_cast<Duration>(alone * std::max(1.0, in_flight / places) * noise);
  }
  void run(Gradient& gradient, Duration how_long) {
    for (auto end = now + how_long; now < end;) {
      auto in_flight = std::min(gradient.limit(), demand);
      auto took = time_with(in_flight);
      now += took / in_flight;  // they leave one after the other
      gradient.answered(took, in_flight, now);
    }
  }
};

}  // namespace

TEST(Gradient, FindsTheKneeFromBelowAndFromAbove) {
  for (double places : {8.0, 40.0, 200.0}) {
    Gradient gradient(1, 1000);
    Upstream upstream{places};
    upstream.run(gradient, 60s);
    EXPECT_GE(gradient.limit(), places) << places;
    EXPECT_LE(gradient.limit(), places * 1.2 + 2 * std::sqrt(places * 1.2) + 2) << places;
  }
}

TEST(Gradient, FollowsAnUpstreamThatCanDoLessAndRecovers) {
  Gradient gradient(1, 1000);
  Upstream upstream{100};
  upstream.run(gradient, 60s);
  EXPECT_GE(gradient.limit(), 100u);
  upstream.places = 20;
  upstream.run(gradient, 40s);
  EXPECT_LE(gradient.limit(), 45u);
  EXPECT_GE(gradient.limit(), 20u);
  upstream.places = 100;
  upstream.run(gradient, 30s);
  EXPECT_GE(gradient.limit(), 100u);
}

TEST(Gradient, UnderstandsThatAnUpstreamBecameSlowerForGood) {
  Gradient gradient(1, 1000);
  Upstream upstream{50};
  upstream.run(gradient, 60s);
  upstream.alone = 50ms;
  upstream.run(gradient, 2min);
  EXPECT_GE(gradient.limit(), 50u);
  EXPECT_LE(gradient.limit(), 90u);
}

TEST(Gradient, DoesNotGrowWithoutDemand) {
  Gradient gradient(1, 1000);
  Upstream upstream{500};
  upstream.demand = 5;
  upstream.run(gradient, 60s);
  EXPECT_LE(gradient.limit(), 20u);
}

TEST(Gradient, ShrinksWhereAnswersFailAndStaysWithinItsBounds) {
  Gradient gradient(5, 100);
  Upstream upstream{1000};
  upstream.run(gradient, 60s);
  EXPECT_EQ(gradient.limit(), 100u);
  for (int i = 0; i < 10; ++i) gradient.failed(upstream.now += 100ms);
  EXPECT_LE(gradient.limit(), 40u);
  for (int i = 0; i < 100; ++i) gradient.failed(upstream.now += 100ms);
  EXPECT_EQ(gradient.limit(), 5u);
  upstream.run(gradient, 60s);
  EXPECT_EQ(gradient.limit(), 100u);
  gradient.bound(1, 30);
  EXPECT_EQ(gradient.limit(), 30u);
}
