#include "filters/concurrency/concurrency.hpp"

#include <gmock/gmock.h>

#include "filters/concurrency/settings.hpp"
#include "kit/loop.hpp"
#include "telemetry/metrics.hpp"

using namespace sluice;
using namespace sluice::filters::concurrency;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace {

struct ConcurrencyTest : ::testing::Test {
  kit::Loop loop;
  telemetry::Metrics metrics{1};
  Keepsakes keepsakes;
  std::vector<std::shared_ptr<Background>> background;
  std::vector<std::string> errors;
  std::shared_ptr<std::atomic<Mode>> mode = std::make_shared<std::atomic<Mode>>(Mode::enforce);
  Settings settings;
  Peer peer;

  ConcurrencyTest() { settings.max = 2; }

  std::shared_ptr<const Filter> build() {
    FilterContext context{"few", 1, metrics, keepsakes, background, errors};
    context.mode = mode;
    return concurrency_filter().make(&settings, context);
  }

  // A request from its coming to its end.
  struct Request {
    Arena arena;
    Exchange x;
    std::optional<Eventual<Verdict>> verdict;

    Request(ConcurrencyTest& t, const Filter& filter, std::string_view route = "slow")
        : x(t.loop.worker, arena, t.peer) {
      x.route_name = route;
      verdict.emplace(filter.on_request(x));
      if (!verdict->ready()) verdict->task().start();
    }
    bool waits() { return !verdict->ready() && !verdict->task().done(); }
    bool is_in() { return !waits() && result() == Verdict::proceed; }
    Verdict result() {
      if (verdict->ready()) return verdict->value();
      if (!kept) kept = verdict->task().take();
      return *kept;
    }
    void end(std::uint16_t status = 200) { x.end({status, 0, status != 499, {}, {}}); }
    void leave() {
      verdict.reset();
      end(499);
    }

   private:
    std::optional<Verdict> kept;
  };
};

}  // namespace

TEST_F(ConcurrencyTest, RefusesWhatIsTooMuchAndLetsInWhenSomebodyEnds) {
  auto filter = build();
  Request a(*this, *filter), b(*this, *filter), c(*this, *filter), other(*this, *filter, "fast");
  EXPECT_TRUE(a.is_in() && b.is_in() && other.is_in());
  EXPECT_EQ(c.result(), Verdict::reply);
  EXPECT_EQ(c.x.response.status, 503);
  EXPECT_STREQ(c.x.response.reason, "concurrency_full");
  EXPECT_EQ(c.x.response.fields.get("Retry-After"), "1");
  EXPECT_TRUE(c.x.flags.has(Flag::uo));
  c.end();
  a.leave();
  Request d(*this, *filter);
  EXPECT_TRUE(d.is_in());
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_concurrency_in_flight{policy=\"few\"} 3"));
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_concurrency_total{policy=\"few\",result=\"full\"} 1"));
}

TEST_F(ConcurrencyTest, ThoseWhoWaitComeInInTheirOrder) {
  settings.max = 1;
  settings.queue = 2;
  auto filter = build();
  Request a(*this, *filter), b(*this, *filter), c(*this, *filter), d(*this, *filter);
  EXPECT_TRUE(a.is_in() && b.waits() && c.waits());
  EXPECT_EQ(d.result(), Verdict::reply);
  loop.advance(100ms);
  a.end();
  loop.spin();
  EXPECT_TRUE(b.is_in() && c.waits());
  b.end();
  loop.spin();
  EXPECT_TRUE(c.is_in());
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_concurrency_total{policy=\"few\",result=\"waited\"} 2"));
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_concurrency_waiting{policy=\"few\"} 0"));
}

TEST_F(ConcurrencyTest, NobodyWaitsForever) {
  settings.max = 1;
  settings.queue = 1;
  settings.queue_timeout = 500ms;
  auto filter = build();
  Request a(*this, *filter), b(*this, *filter);
  loop.advance(490ms);
  EXPECT_TRUE(b.waits());
  loop.advance(20ms);
  ASSERT_FALSE(b.waits());
  EXPECT_EQ(b.result(), Verdict::reply);
  EXPECT_STREQ(b.x.response.reason, "concurrency_queue_timeout");
  Request c(*this, *filter);
  EXPECT_TRUE(c.waits());  // the late one has left the line
  c.leave();
}

TEST_F(ConcurrencyTest, AClientThatLeavesTheLineFreesItsPlaceAtOnce) {
  settings.max = 1;
  settings.queue = 1;
  auto filter = build();
  Request a(*this, *filter), b(*this, *filter);
  b.leave();
  Request c(*this, *filter);
  EXPECT_TRUE(c.waits());
  a.end();
  loop.spin();
  EXPECT_TRUE(c.is_in());
}

TEST_F(ConcurrencyTest, APlaceThatWasGivenToSomebodyWhoLeftGoesOn) {
  settings.max = 1;
  settings.queue = 2;
  auto filter = build();
  Request a(*this, *filter), b(*this, *filter), c(*this, *filter);
  a.end();    // the place is b's, and the letter that says so is under way
  b.leave();  // but it is gone
  loop.spin();
  EXPECT_TRUE(c.is_in());
  c.end();
  Request d(*this, *filter);
  EXPECT_TRUE(d.is_in());
}

TEST_F(ConcurrencyTest, APlaceIsGivenBackOnceWhateverTheEndIs) {
  settings.max = 1;
  auto filter = build();
  for (int i = 0; i < 5; ++i) {
    Request a(*this, *filter);
    EXPECT_TRUE(a.is_in()) << i;
    a.end(i % 2 ? 499 : 200);
    a.end();
  }
  Request a(*this, *filter), b(*this, *filter);
  EXPECT_TRUE(a.is_in());
  EXPECT_FALSE(b.is_in());
}

TEST_F(ConcurrencyTest, InShadowNobodyWaits) {
  settings.max = 1;
  settings.queue = 5;
  *mode = Mode::shadow;
  auto filter = build();
  Request a(*this, *filter), b(*this, *filter);
  EXPECT_FALSE(b.waits());
  EXPECT_EQ(b.result(), Verdict::reply);  // which the chain does not hear
}

TEST_F(ConcurrencyTest, CountsAcrossAReload) {
  settings.max = 1;
  auto filter = build();
  Request a(*this, *filter);
  settings.max = 2;
  auto next = build();
  Request b(*this, *next), c(*this, *next);
  EXPECT_TRUE(b.is_in());
  EXPECT_FALSE(c.is_in());
}

TEST_F(ConcurrencyTest, AnAdaptiveLimitFollowsTheUpstream) {
  settings.max = 50;
  settings.adaptive = true;
  auto filter = build();
  auto limit = [&] {
    auto text = metrics.text();
    std::string name = "sluice_concurrency_limit{policy=\"few\"} ";
    return std::stoi(text.substr(text.find(name) + name.size()));
  };
  Request first(*this, *filter);
  EXPECT_EQ(limit(), 20);
  auto answers = [&](Duration took, int rounds) {
    for (int round = 0; round < rounds; ++round) {
      std::vector<std::unique_ptr<Request>> all;
      for (int i = 0; i < 19; ++i) all.push_back(std::make_unique<Request>(*this, *filter));
      loop.advance(took);
      for (auto& r : all) {
        r->x.timeline.forwarded = loop.timers.now() - took;
        r->x.timeline.answered = loop.timers.now();
        r->end();
      }
    }
  };
  answers(20ms, 200);
  EXPECT_GE(limit(), 30);
  answers(100ms, 30);
  EXPECT_LE(limit(), 12);
}
