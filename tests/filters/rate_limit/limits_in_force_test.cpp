#include "filters/rate_limit/limits_in_force.hpp"

#include "filters/rate_limit/limiting.hpp"

using namespace sluice;
using namespace sluice::filters::rate_limit;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

using Setting = Adjustable::Setting;

struct AdjustTest : Limiting {
  AdjustTest() { settings.rate = Rate{10, 1s}; }
  Adjustable& limit() { return *adjustables.back(); }
};

}  // namespace

TEST_F(AdjustTest, ARateIsChangedWhileItRuns) {
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 20), 10);
  EXPECT_EQ(limit().adjust({"rate", "20/s"}), "");
  loop.advance(10s);
  EXPECT_EQ(count_passing(*filter, 30), 20);
  EXPECT_THAT(limit().adjusted(), ElementsAre(Setting{"rate", "20/s"}));
  EXPECT_EQ(limit().adjust({"burst", "5"}), "");
  EXPECT_THAT(limit().adjusted(), ElementsAre(Setting{"rate", "20/s"}, Setting{"burst", "5"}));
  loop.advance(10s);
  EXPECT_EQ(count_passing(*filter, 30), 5);
}

TEST_F(AdjustTest, AChangeStaysUntilTheFileHasAnotherValue) {
  auto filter = build();
  limit().adjust({"rate", "20/s"});
  settings.max_keys = 5000;
  filter = build();
  EXPECT_EQ(count_passing(*filter, 30), 20);
  settings.rate = Rate{7, 1s};
  auto refused = build();  // and never served
  EXPECT_EQ(count_passing(*filter, 30, "192.0.2.8"), 20);
  filter = build();
  EXPECT_THAT(limit().adjusted(), IsEmpty());
  loop.advance(10s);
  EXPECT_EQ(count_passing(*filter, 30, "192.0.2.9"), 7);
}

TEST_F(AdjustTest, SaysWhatIsWrong) {
  settings.cost = 3;
  build();
  EXPECT_THAT(limit().adjust({"rate", "20"}), HasSubstr("rate: expected a rate such as 100/s"));
  EXPECT_THAT(limit().adjust({"rate", "0/s"}), HasSubstr("expected a rate"));
  EXPECT_THAT(limit().adjust({"burst", "many"}), HasSubstr("burst: expected a whole number"));
  EXPECT_THAT(limit().adjust({"burst", "2"}), HasSubstr("cost 3 would never pass a burst of 2"));
  EXPECT_THAT(limit().adjust({"key", "principal"}), HasSubstr("only rate and burst"));
  EXPECT_THAT(limit().adjusted(), IsEmpty());

  settings.rate.reset();
  settings.limits = {filters::rate_limit::limit(10, 1s), filters::rate_limit::limit(100, 1h)};
  build();
  EXPECT_THAT(limit().adjust({"rate", "20/s"}), HasSubstr("several limits"));
}

TEST_F(AdjustTest, ABucketCanBeSeenAndFilled) {
  auto filter = build();
  EXPECT_EQ(count_passing(*filter, 20), 10);
  auto look = [&] {
    auto looking = limit().look(loop.worker, "192.0.2.1");
    looking.task().start();
    return *looking.task().take();
  };
  auto view = look();
  EXPECT_EQ(view.key, "192.0.2.1");
  EXPECT_EQ(view.limits.front().burst, 10u);
  EXPECT_FALSE(view.grant.allowed);
  EXPECT_EQ(view.grant.retry_after(), 100ms);

  auto filling = limit().reset(loop.worker, "client.ip=192.0.2.1");
  filling.task().start();
  EXPECT_TRUE(filling.task().take());
  EXPECT_EQ(look().grant.levels[0].left, 10u);

  auto none = limit().look(loop.worker, "ann");
  ASSERT_TRUE(none.ready());
  EXPECT_EQ(none.value().error().kind, Error::Kind::malformed);
}
