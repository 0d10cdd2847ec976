#include "proxy/rehearse.hpp"

#include "proxy/forwarder_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using proxy::testing::Call;
using upstream::testing::ok_answer;

namespace {

struct RehearseTest : proxy::testing::ForwarderTest {
  void faults(const config::Rehearsal& r) {
    to_users().faults = std::make_shared<const config::Rehearsal>(r);
  }
};

TEST_F(RehearseTest, AnAbortAnswersAndAsksNobody) {
  faults({{}, config::Rehearsal::Abort{502, Percent{1}}});
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_TRUE(puppet.calls.empty());
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::fi});
  EXPECT_EQ(records[0].cause, "fault_injected");
  EXPECT_EQ(records[0].source, telemetry::Source::gateway);
}

TEST_F(RehearseTest, ADelayComesBeforeTheUpstream) {
  faults({config::Rehearsal::Delay{200ms, Percent{1}}, {}});
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(190ms);
  EXPECT_TRUE(puppet.calls.empty());
  loop.advance(20ms);
  ASSERT_EQ(puppet.calls.size(), 1u);
  say(ok_answer);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::di});
}

TEST_F(RehearseTest, ADelayStandsInsideTheDeadline) {
  faults({config::Rehearsal::Delay{60s, Percent{1}}, {}});
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(5100ms);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_TRUE(puppet.calls.empty());
}

TEST_F(RehearseTest, OnlyAShareIsHit) {
  faults({{}, config::Rehearsal::Abort{503, Percent{0.25}}});
  int hit = 0;
  for (int i = 0; i < 400; ++i) {
    Call call(*this, "GET", "/users");
    call.go();
    hit += call.sink.status == 503;
    if (!call.done()) call.client_gone();
  }
  EXPECT_NEAR(hit, 100, 40);
}

}  // namespace
