#include "upstream/find.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

namespace {

std::vector<std::string> in_words(const EndpointList& list) {
  std::vector<std::string> all;
  for (auto& e : list)
    all.push_back(e.url.to_string() + " tier " + std::to_string(e.tier) + " weight " +
                  std::to_string(e.weight));
  return all;
}

TEST(EndpointsOf, PriorityIsTierAndWeightIsWeight) {
  auto list =
      endpoints_of({{"b.internal", 81, 10, 20}, {"a.internal", 80, 10, 60}, {"c.internal", 80, 5, 65535}});
  EXPECT_THAT(in_words(list), ElementsAre("http://c.internal:80 tier 5 weight 65535",
                                          "http://a.internal:80 tier 10 weight 60",
                                          "http://b.internal:81 tier 10 weight 20"));
}

TEST(EndpointsOf, WhereNobodyHasAWeightAllHaveTheSame) {
  EXPECT_THAT(in_words(endpoints_of({{"a", 80, 0, 0}, {"b", 80, 0, 0}})),
              ElementsAre("http://a:80 tier 0 weight 1", "http://b:80 tier 0 weight 1"));
}

TEST(EndpointsOf, NoWeightAmongOthersIsAlmostNone) {
  EXPECT_THAT(in_words(endpoints_of({{"a", 80, 0, 1}, {"b", 80, 0, 0}, {"c", 80, 0, 3}, {"d", 80, 1, 7}})),
              ElementsAre("http://a:80 tier 0 weight 100", "http://b:80 tier 0 weight 1",
                          "http://c:80 tier 0 weight 300", "http://d:80 tier 1 weight 7"));
}

TEST(EndpointsOf, OrderAndRepetitionSayNothing) {
  std::vector<Service> one = {{"a", 80, 0, 1}, {"b", 80, 0, 1}}, other = {one[1], one[0], one[1]};
  EXPECT_EQ(endpoints_of(one), endpoints_of(other));
}

TEST(PauseAfter, AnAnswerIsUsedAsLongAsItSaysWithinBounds) {
  auto pause = [](Duration ttl) { return pause_after(true, ttl, std::nullopt, true); };
  EXPECT_EQ(pause(30s), 30s);
  EXPECT_EQ(pause(0s), 5s);
  EXPECT_EQ(pause(10ms), 1s);
  EXPECT_EQ(pause(24h), 5min);
}

TEST(PauseAfter, RefreshIsTheMost) {
  auto pause = [](Duration ttl) { return pause_after(true, ttl, Duration(10s), true); };
  EXPECT_EQ(pause(30s), 10s);
  EXPECT_EQ(pause(3s), 3s);
  EXPECT_EQ(pause(0s), 10s);
}

TEST(PauseAfter, AFailureIsFollowedSoon) {
  EXPECT_EQ(pause_after(false, {}, std::nullopt, true), 5s);
  EXPECT_EQ(pause_after(false, {}, std::nullopt, false), 1s);
  EXPECT_EQ(pause_after(false, {}, Duration(60s), true), 5s);
  EXPECT_EQ(pause_after(false, {}, Duration(100ms), false), 100ms);
}

}  // namespace
