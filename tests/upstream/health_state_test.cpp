#include "upstream/health_state.hpp"

#include <gtest/gtest.h>

#include <string_view>

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;

namespace {

const TimePoint start{1000s};
constexpr HealthState::Thresholds usual{.rise = 2, .fall = 3};

// What a row of checks ('+' passed, '-' failed), a second apart, makes of the state after each: 'H' or 'u'.
std::string history(HealthState& state, std::string_view checks, HealthState::Thresholds thresholds = usual) {
  std::string states;
  auto now = start;
  for (char c : checks) {
    state.observe(c == '+', thresholds, now += 1s);
    states += state.healthy() ? 'H' : 'u';
  }
  return states;
}

std::string history(std::string_view checks, HealthState::Thresholds thresholds = usual) {
  HealthState state;
  return history(state, checks, thresholds);
}

}  // namespace

TEST(HealthState, IsHealthyBeforeTheFirstCheck) {
  EXPECT_TRUE(HealthState().healthy());
}

TEST(HealthState, OneCheckDecidesUntilOneHasPassed) {
  EXPECT_EQ(history("-"), "u");
  EXPECT_EQ(history("--+"), "uuH");
  EXPECT_EQ(history("-+-"), "uHH");
}

TEST(HealthState, FallsAfterFailuresInARow) {
  EXPECT_EQ(history("+---"), "HHHu");
  EXPECT_EQ(history("+--+--+---"), "HHHHHHHHHu");
}

TEST(HealthState, RisesAfterPassesInARow) {
  EXPECT_EQ(history("+---++"), "HHHuuH");
  EXPECT_EQ(history("+---+-+-++"), "HHHuuuuuuH");
}

TEST(HealthState, FlappingBelowTheThresholdsChangesNothing) {
  HealthState state;
  int turns = 0;
  auto now = start;
  state.observe(true, usual, now);
  for (int i = 0; i < 1000; ++i) turns += state.observe(i % 3 == 0, usual, now += 1s).has_value();
  EXPECT_EQ(turns, 0);
}

TEST(HealthState, TellsEachTurnOnceWithItsChecksAndTheTimeBefore) {
  HealthState state;
  EXPECT_FALSE(state.observe(true, usual, start));
  EXPECT_FALSE(state.observe(false, usual, start + 1s));
  EXPECT_FALSE(state.observe(false, usual, start + 2s));
  auto fell = state.observe(false, usual, start + 3s);
  ASSERT_TRUE(fell);
  EXPECT_FALSE(fell->healthy);
  EXPECT_EQ(fell->checks, 3u);
  EXPECT_EQ(fell->after, 3s);
  EXPECT_FALSE(state.observe(false, usual, start + 4s));
  EXPECT_FALSE(state.observe(true, usual, start + 5s));
  auto rose = state.observe(true, usual, start + 10s);
  ASSERT_TRUE(rose);
  EXPECT_TRUE(rose->healthy);
  EXPECT_EQ(rose->checks, 2u);
  EXPECT_EQ(rose->after, 7s);
}

TEST(HealthState, NewThresholdsCountWhatWasSeenBefore) {
  HealthState state;
  EXPECT_EQ(history(state, "+--", {.rise = 2, .fall = 5}), "HHH");
  EXPECT_EQ(history(state, "-", {.rise = 2, .fall = 2}), "u");
}
