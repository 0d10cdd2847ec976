#include "upstream/breaker_state.hpp"

#include <gtest/gtest.h>

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;
using Phase = BreakerState::Phase;

namespace {

struct BreakerStateTest : ::testing::Test {
  BreakerState state;
  BreakerState::Rules rules;
  TimePoint now{1h};

  void open() {
    EXPECT_TRUE(state.count({0, 20}, rules, now));
    EXPECT_EQ(state.phase(), Phase::open);
  }
  std::uint32_t probe() {
    auto admission = state.admit(rules, now);
    EXPECT_TRUE(admission.granted);
    return admission.probe;
  }
};

}  // namespace

TEST_F(BreakerStateTest, OpensAtTheRateOnceThereIsEnoughToSay) {
  EXPECT_FALSE(state.count({0, 19}, rules, now)) << "one too few";
  EXPECT_TRUE(state.admit(rules, now).granted);
  EXPECT_TRUE(state.count({0, 1}, rules, now));
  EXPECT_FALSE(state.admit(rules, now).granted);
}

TEST_F(BreakerStateTest, StaysClosedUnderTheRate) {
  EXPECT_FALSE(state.count({51, 49}, rules, now));
  EXPECT_TRUE(state.count({0, 2}, rules, now)) << "51 of 102 is half";
}

TEST_F(BreakerStateTest, OldFailuresAreForgotten) {
  EXPECT_FALSE(state.count({0, 19}, rules, now));
  EXPECT_FALSE(state.count({0, 19}, rules, now + 11s));
  EXPECT_EQ(state.phase(), Phase::closed);
}

TEST_F(BreakerStateTest, SaysHowLongItStaysOpen) {
  open();
  EXPECT_EQ(state.admit(rules, now).wait, 5s);
  EXPECT_EQ(state.admit(rules, now + 3s).wait, 2s);
  EXPECT_EQ(state.left(now + 3s), 2s);
  EXPECT_TRUE(state.admit(rules, now + 5s).granted);
}

TEST_F(BreakerStateTest, ProbesThatGoWellCloseIt) {
  open();
  now += 5s;
  std::uint32_t probes[] = {probe(), probe(), probe()};
  EXPECT_EQ(state.phase(), Phase::half_open);
  EXPECT_FALSE(state.admit(rules, now).granted) << "no more than three";
  EXPECT_GT(state.admit(rules, now).wait, 0s);
  EXPECT_FALSE(state.probed(probes[0], true, rules, now));
  EXPECT_FALSE(state.probed(probes[1], true, rules, now));
  EXPECT_EQ(state.probed(probes[2], true, rules, now), Phase::closed);
  EXPECT_FALSE(state.count({0, 19}, rules, now)) << "what was before is forgotten";
  EXPECT_EQ(state.admit(rules, now).probe, 0u);
}

TEST_F(BreakerStateTest, OneThatDoesNotOpensItAgain) {
  open();
  now += 5s;
  auto first = probe(), second = probe();
  EXPECT_EQ(state.probed(first, false, rules, now), Phase::open);
  EXPECT_FALSE(state.probed(second, true, rules, now));
  EXPECT_EQ(state.left(now), 5s);
}

TEST_F(BreakerStateTest, LateWordsOfAnEarlierTrialSayNothing) {
  open();
  now += 5s;
  auto late = probe();
  state.probed(probe(), false, rules, now);
  now += 5s;
  probe();
  EXPECT_FALSE(state.probed(late, false, rules, now));
  state.lost(late);
  EXPECT_EQ(state.phase(), Phase::half_open);
  EXPECT_FALSE(state.count({0, 100}, rules, now)) << "they set out before it opened";
}

TEST_F(BreakerStateTest, ALostProbeMakesRoomForAnother) {
  open();
  now += 5s;
  auto lost = probe();
  probe();
  probe();
  EXPECT_FALSE(state.admit(rules, now).granted);
  state.lost(lost);
  EXPECT_TRUE(state.admit(rules, now).granted);
  EXPECT_FALSE(state.admit(rules, now).granted);
}

// An upstream that is down for a minute sees a few probes rather than all the load.
TEST_F(BreakerStateTest, SparesAnUpstreamThatIsDown) {
  unsigned reached = 0, refused = 0;
  auto down_until = now + 60s;
  for (auto end = now + 70s; now < end; now += 10ms) {
    auto admission = state.admit(rules, now);
    if (!admission.granted) {
      ++refused;
      continue;
    }
    bool well = now >= down_until;
    if (!well) ++reached;
    if (admission.probe)
      state.probed(admission.probe, well, rules, now);
    else
      state.count({well, !well}, rules, now);
  }
  EXPECT_LE(reached, 20u + 12u);
  EXPECT_EQ(state.phase(), Phase::closed);
  EXPECT_GT(refused, 5000u);
}
