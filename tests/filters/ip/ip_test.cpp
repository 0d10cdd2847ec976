#include "filters/ip/ip.hpp"

#include <gmock/gmock.h>

#include "kit/policy.hpp"

namespace sluice::filters::ip {
namespace {

using testing::HasSubstr;

struct IpTest : ::testing::Test {
  kit::Loop loop;

  // The status, or 0 where it may pass.
  int asks(const kit::Policy& policy, const char* client) {
    kit::Asking asking(loop);
    asking.x.client = IpAddress::parse(client).value();
    auto verdict = asking.pass(policy);
    EXPECT_EQ(asking.x.flags.has(Flag::uaex), verdict == Verdict::reply);
    EXPECT_STREQ(asking.x.response.reason, verdict == Verdict::reply ? "ip_denied" : "");
    return asking.x.response.status;
  }
};

TEST_F(IpTest, LetsOnlyThoseInWhoAreAllowed) {
  kit::Policy policy(ip_filter(), "{ allow: [10.0.0.0/8, 'fd00::/8'] }");
  ASSERT_EQ(policy.errors, "");
  EXPECT_EQ(policy.phase, Phase::edge);
  EXPECT_EQ(asks(policy, "10.1.2.3"), 0);
  EXPECT_EQ(asks(policy, "::ffff:10.1.2.3"), 0);
  EXPECT_EQ(asks(policy, "fd00::1"), 0);
  EXPECT_EQ(asks(policy, "192.0.2.1"), 403);
  EXPECT_EQ(asks(policy, "2001:db8::1"), 403);
}

TEST_F(IpTest, AListAloneIsOfThoseAllowed) {
  kit::Policy policy(ip_filter(), "[10.6.0.0/16]");
  ASSERT_EQ(policy.errors, "");
  EXPECT_EQ(asks(policy, "10.6.1.1"), 0);
  EXPECT_EQ(asks(policy, "10.7.1.1"), 403);
}

TEST_F(IpTest, LetsEverybodyInWhoIsNotDenied) {
  kit::Policy policy(ip_filter(), "{ deny: 192.0.2.0/24 }");
  ASSERT_EQ(policy.errors, "");
  EXPECT_EQ(asks(policy, "10.1.2.3"), 0);
  EXPECT_EQ(asks(policy, "2001:db8::1"), 0);
  EXPECT_EQ(asks(policy, "192.0.2.200"), 403);
  EXPECT_EQ(asks(policy, "::ffff:192.0.2.200"), 403);
}

TEST_F(IpTest, DenyStandsOverAllow) {
  kit::Policy policy(ip_filter(), "{ allow: [10.6.6.6, 10.0.0.0/8], deny: [10.6.0.0/16] }");
  EXPECT_EQ(asks(policy, "10.5.0.1"), 0);
  EXPECT_EQ(asks(policy, "10.6.6.6"), 403) << "the longer prefix does not win, deny does";
}

TEST_F(IpTest, AClientWithoutAnAddressIsOnNoListOfThoseAllowed) {
  kit::Asking asking(loop);
  asking.peer.is_unix = true;
  kit::Policy allow(ip_filter(), "{ allow: [0.0.0.0/0] }");
  EXPECT_EQ(asking.pass(allow), Verdict::reply);
  kit::Policy deny(ip_filter(), "{ deny: [0.0.0.0/0] }");
  EXPECT_EQ(asking.pass(deny), Verdict::proceed);
}

TEST_F(IpTest, CountsBoth) {
  kit::Policy policy(ip_filter(), "{ deny: [192.0.2.0/24] }");
  asks(policy, "192.0.2.1");
  asks(policy, "192.0.2.2");
  asks(policy, "192.0.3.1");
  EXPECT_THAT(policy.metrics.text(), HasSubstr(R"(sluice_ip_requests_total{policy="p",result="denied"} 2)"));
  EXPECT_THAT(policy.metrics.text(), HasSubstr(R"(sluice_ip_requests_total{policy="p",result="allowed"} 1)"));
}

TEST_F(IpTest, ErrorsSayWhatIsWrong) {
  EXPECT_THAT(kit::Policy(ip_filter(), "{}").errors,
              HasSubstr("policies.p.ip: says nothing: name addresses in 'allow' or in 'deny'"));
  EXPECT_THAT(kit::Policy(ip_filter(), "{ allow: [10.0.0.0/33] }").errors,
              HasSubstr("policies.p.ip.allow[0]: expected a block of addresses such as 10.0.0.0/8, fd00::/8 "
                        "or 192.0.2.1, found '10.0.0.0/33'"));
  EXPECT_THAT(kit::Policy(ip_filter(), "{ alow: [10.0.0.0/8] }").errors, HasSubstr("did you mean 'allow'?"));
  EXPECT_THAT(kit::Policy(ip_filter(), "{ allow: [office.example.com] }").errors,
              HasSubstr("expected a block of addresses"));
}

TEST_F(IpTest, GuardsSoItCannotBeMadeOptional) {
  EXPECT_NE(kit::Policy(ip_filter(), "{ deny: [10.0.0.1], on_error: pass }").errors, "");
  EXPECT_NE(kit::Policy(ip_filter(), "{ deny: [10.0.0.1], optional: true }").errors, "");
  EXPECT_EQ(kit::Policy(ip_filter(), "{ deny: [10.0.0.1], mode: shadow }").errors, "");
}

}  // namespace
}  // namespace sluice::filters::ip
