// Who is ejected, and who comes back, with endpoints and a clock of the test's own.
#include "upstream/outliers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "upstream/fixtures.hpp"
#include "upstream/random.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

struct OutliersTest : ::testing::Test, upstream::testing::Endpoints {
  config::Outlier rules;
  Outliers outliers{"users", metrics};
  std::vector<EndpointSet::Member> pool;
  TimePoint now{1h};

  void make(unsigned count) { pool = members(count); }
  Endpoint& endpoint(std::size_t i) { return *pool[i].endpoint; }
  void answer(std::size_t i, bool well, int times = 1) {
    for (int n = 0; n < times; ++n)
      if (Outliers::observe(endpoint(i), 0, well, rules)) outliers.bad_row(endpoint(i), pool, rules, now);
  }
  void judge(Duration after = 100ms) { outliers.judge(pool, &rules, now += after); }
  int ejected() const {
    int count = 0;
    for (auto& m : pool) count += m.endpoint->ejected();
    return count;
  }
};

}  // namespace

TEST_F(OutliersTest, BadAnswersInARowEject) {
  make(5);
  answer(0, false, 4);
  answer(0, true);
  answer(0, false, 4);
  EXPECT_FALSE(endpoint(0).ejected());
  answer(0, false);
  EXPECT_TRUE(endpoint(0).ejected());
  EXPECT_FALSE(endpoint(0).available());
  EXPECT_TRUE(endpoint(0).healthy());
  auto look = outliers.look(endpoint(0), now);
  EXPECT_EQ(look.reason, "consecutive_5xx");
  EXPECT_EQ(look.left, 30s);
  auto page = metrics.text();
  EXPECT_THAT(page, HasSubstr("sluice_endpoint_ejected{upstream=\"users\",endpoint=\"10.0.0.1:8080\"} 1"));
  EXPECT_THAT(page, HasSubstr("sluice_ejections_total{upstream=\"users\",endpoint=\"10.0.0.1:8080\",reason="
                              "\"consecutive_5xx\"} 1"));
}

TEST_F(OutliersTest, ComesBackWhenItsTimeIsOver) {
  make(5);
  answer(0, false, 5);
  judge(29s);
  EXPECT_TRUE(endpoint(0).ejected());
  judge(1s);
  EXPECT_FALSE(endpoint(0).ejected());
  EXPECT_TRUE(endpoint(0).available());
  answer(0, false, 4);
  EXPECT_FALSE(endpoint(0).ejected()) << "it begins anew";
  answer(0, false);
  EXPECT_EQ(outliers.look(endpoint(0), now).left, 60s);
}

TEST_F(OutliersTest, APassingCheckEndsIt) {
  make(5);
  endpoint(0).conduct().passed_check = (now - 1s).time_since_epoch().count();
  answer(0, false, 5);
  judge();
  EXPECT_TRUE(endpoint(0).ejected()) << "that check was begun before";
  endpoint(0).conduct().passed_check = now.time_since_epoch().count();
  judge();
  EXPECT_FALSE(endpoint(0).ejected());
}

TEST_F(OutliersTest, ASuccessRateUnderTheMeanEjects) {
  make(5);
  rules.consecutive_5xx = {};
  for (std::size_t i = 0; i < 5; ++i) {
    answer(i, true, 80);
    answer(i, i != 2, 20);
  }
  judge();
  EXPECT_TRUE(endpoint(2).ejected());
  EXPECT_EQ(ejected(), 1);
  EXPECT_EQ(outliers.look(endpoint(2), now).reason, "success_rate");
  judge(30s);
  EXPECT_FALSE(endpoint(2).ejected());
  judge();
  EXPECT_FALSE(endpoint(2).ejected()) << "what it was ejected for does not count again";
}

TEST_F(OutliersTest, NoMoreThanTheirShareThoughAlwaysOne) {
  make(5);
  answer(0, false, 5);
  answer(1, false, 5);
  EXPECT_EQ(ejected(), 1) << "10 % of 5 is less than one";
  rules.max_ejected = Percent{0.6};
  for (std::size_t i = 1; i < 5; ++i) answer(i, false, 5);
  EXPECT_EQ(ejected(), 3);
}

TEST_F(OutliersTest, NeverTheLastThatIsAvailable) {
  make(2);
  rules.max_ejected = Percent{1.0};
  answer(0, false, 5);
  answer(1, false, 100);
  EXPECT_TRUE(endpoint(0).ejected());
  EXPECT_FALSE(endpoint(1).ejected());
  make(1);
  answer(0, false, 100);
  EXPECT_EQ(ejected(), 1) << "10.0.0.1 is the one that was ejected before";
}

TEST_F(OutliersTest, PanicBringsBackTheEjectedAndNobodyElse) {
  make(4);
  rules.panic = Percent{0.5};
  rules.max_ejected = Percent{1.0};
  answer(0, false, 5);
  answer(1, false, 5);
  answer(2, false, 5);
  EXPECT_EQ(ejected(), 2) << "with one more, less than half would be left";
  endpoint(3).set_health(false, "check failed");
  judge();
  EXPECT_EQ(ejected(), 0);
  EXPECT_FALSE(endpoint(3).available());
}

TEST_F(OutliersTest, WithoutRulesEverybodyComesBack) {
  make(5);
  answer(0, false, 5);
  outliers.judge(pool, nullptr, now);
  EXPECT_EQ(ejected(), 0);
}

TEST_F(OutliersTest, OneOfFiveThatFailsHalfIsFoundSoonAndAlone) {
  make(5);
  Random random(7);
  unsigned asked = 0;
  for (; !endpoint(3).ejected() && asked < 10000; ++asked) {
    auto i = random.below(5);
    answer(i, i != 3 || random.below(2) == 0);
    if (asked % 100 == 0) judge();
  }
  EXPECT_LT(asked, 1000u);
  EXPECT_EQ(ejected(), 1);
}
