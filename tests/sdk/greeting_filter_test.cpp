// The sample filter at work, on the project's own worker and metrics.
#include "greeting_filter.hpp"

#include <gmock/gmock.h>

#include "kit/loop.hpp"
#include "telemetry/metrics.hpp"

using namespace sluice;
using ::testing::HasSubstr;

namespace {

struct GreetingTest : ::testing::Test {
  kit::Loop loop;
  telemetry::Metrics metrics{1};
  sample::GreetingSettings settings;
  Arena arena;
  Peer peer;

  Keepsakes keepsakes;
  std::vector<std::shared_ptr<Background>> background;
  std::vector<std::string> errors;

  std::shared_ptr<const Filter> build() {
    FilterContext context{"welcome", 1, metrics, keepsakes, background, errors};
    return sample::greeting_filter().make(&settings, context);
  }
  struct Guest : Exchange {
    Guest(GreetingTest& t, std::string_view address) : Exchange(t.loop.worker, t.arena, t.peer) {
      client = *IpAddress::parse(address);
    }
    void leave() { end({200, 0, true, {}, {}}); }
  };
};

}  // namespace

TEST_F(GreetingTest, ItsSchemaNamesItsSettings) {
  auto row = sample::greeting_filter().schema;
  EXPECT_EQ(row.name, "greeting");
  EXPECT_TRUE(row.traits.decides);
  ASSERT_EQ(row.schema->members.size(), 4u);
  EXPECT_TRUE(row.schema->find("text")->required);
  EXPECT_EQ(row.schema->find("guests")->low, "1");
  EXPECT_EQ(row.schema->short_form, "text");
}

TEST_F(GreetingTest, GreetsOnTheAnswerAndCounts) {
  auto filter = build();
  Guest guest(*this, "192.0.2.1");
  auto verdict = filter->on_request(guest);
  ASSERT_TRUE(verdict.ready());
  EXPECT_EQ(verdict.value(), Verdict::proceed);
  EXPECT_TRUE(guest.run_hooks().ready());
  EXPECT_EQ(guest.response.fields.get("X-Greeting"), "hello");
  guest.leave();
  EXPECT_THAT(metrics.text(), HasSubstr("greeting_requests_total{policy=\"welcome\",result=\"in\"} 1"));
}

TEST_F(GreetingTest, StrangersStayOutside) {
  settings.from = {*Cidr::parse("10.0.0.0/8")};
  auto filter = build();
  Guest stranger(*this, "192.0.2.1");
  EXPECT_EQ(filter->on_request(stranger).value(), Verdict::reply);
  EXPECT_EQ(stranger.response.status, 403);
  EXPECT_TRUE(stranger.flags.has(Flag::uaex));
  EXPECT_THAT(metrics.text(), HasSubstr("greeting_requests_total{policy=\"welcome\",result=\"out\"} 1"));
}

TEST_F(GreetingTest, APlaceIsFreeAgainWhateverTheEndWas) {
  settings.guests = 1;
  auto filter = build();
  Guest first(*this, "192.0.2.1"), second(*this, "192.0.2.2"), third(*this, "192.0.2.3");
  EXPECT_EQ(filter->on_request(first).value(), Verdict::proceed);
  EXPECT_EQ(filter->on_request(second).value(), Verdict::reply);
  EXPECT_EQ(second.response.status, 503);
  first.end({499, 0, false, Error(Error::Kind::reset, Error::Side::downstream, "client_gone"), {Flag::dc}});
  EXPECT_EQ(filter->on_request(third).value(), Verdict::proceed);
}
