// How long is left: what upstreams are told, who may shorten it, and which bound a 504 names.
#include "proxy/deadline.hpp"

#include "proxy/forwarder_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using proxy::testing::Call;
using ::testing::HasSubstr;
using ::testing::Not;
using upstream::testing::ok_answer;

namespace {

struct DeadlineTest : proxy::testing::ForwarderTest {
  Route& bounded() {
    auto& r = to_users();
    r.deadline_field.emplace("X-Request-Timeout");
    r.timeout = 2s;
    return r;
  }
  static std::string sent(std::string_view left) {
    return "X-Request-Timeout: " + std::string(left) + "\r\n";
  }
};

TEST_F(DeadlineTest, UpstreamsAreToldHowLongIsLeft) {
  bounded();
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_THAT(asked(), HasSubstr(sent("2000")));
}

TEST_F(DeadlineTest, ATrustedProxyMayShortenItAndNobodyMayLengthenIt) {
  bounded();
  for (auto [from, given, told] : {std::tuple{"10.0.0.1", "300", "300"},
                                   {"10.0.0.1", "99999", "2000"},
                                   {"192.0.2.7", "300", "2000"},
                                   {"10.0.0.1", "3s", "2000"},
                                   {"10.0.0.1", "-3", "2000"},
                                   {"10.0.0.1", "99999999999999999999", "2000"},
                                   {"10.0.0.1", "", "2000"}}) {
    Call call(*this, "GET", "/users");
    call.from(from);
    call.x.request.fields.add("x-request-timeout", given);
    call.go();
    auto head = asked(puppet.calls.size() - 1);
    EXPECT_THAT(head, HasSubstr(sent(told))) << from << ' ' << given;
    EXPECT_THAT(head, Not(HasSubstr("x-request-timeout")));
    call.client_gone();
  }
}

TEST_F(DeadlineTest, WithoutABoundNothingIsSaid) {
  bounded().timeout = {};
  Call call(*this, "GET", "/users");
  call.x.request.fields.add("X-Request-Timeout", "7");
  call.go();
  EXPECT_THAT(asked(), Not(HasSubstr("X-Request-Timeout")));
}

TEST_F(DeadlineTest, TimeThatIsOverAsksNobody) {
  bounded();
  Call call(*this, "GET", "/users");
  call.from("10.0.0.1");
  call.x.request.fields.add("X-Request-Timeout", "0");
  call.go();
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_EQ(records[0].cause, "deadline");
  EXPECT_TRUE(puppet.calls.empty() || asked().empty());
}

TEST_F(DeadlineTest, ATryIsToldItsOwnTimeWhereThatIsShorter) {
  config::Retry retry;
  retry.per_try = 500ms;
  retry.backoff = 0ms;
  endpoint("http://10.1.0.1:80");
  endpoint("http://10.1.0.2:80");
  bounded().persistence = std::make_shared<const Persistence>(Persistence{RetryRules(retry), {}});
  Call call(*this, "GET", "/users");
  call.from("10.0.0.1");
  call.x.request.fields.add("X-Request-Timeout", "800");
  call.go();
  EXPECT_THAT(asked(0), HasSubstr(sent("500")));
  loop.advance(500ms);
  ASSERT_EQ(puppet.calls.size(), 2u);
  EXPECT_THAT(asked(1), HasSubstr(sent("300"))) << "what is left of 800";
  loop.advance(400ms);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_EQ(records[0].cause, "deadline");
}

TEST_F(DeadlineTest, The504SaysWhichBoundItWas) {
  auto ask = [this](const char* given) {
    Call call(*this, "GET", "/users");
    call.from("10.0.0.1");
    if (*given) call.x.request.fields.add("X-Request-Timeout", given);
    call.go();
    loop.advance(5s);
    EXPECT_EQ(call.sink.status, 504);
    EXPECT_THAT(call.sink.received, HasSubstr("\"reason\":\"" + records.back().cause + '"'));
    return records.back().cause;
  };
  auto& r = bounded();
  EXPECT_EQ(ask(""), "route_timeout");
  EXPECT_EQ(ask("100"), "deadline");
  (void)r;
}

TEST_F(DeadlineTest, TheWholeExchangesBoundIsNamedToo) {
  bounded().timeouts.total = 300ms;
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(1s);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_EQ(records[0].cause, "total_timeout");
  EXPECT_THAT(call.sink.received, HasSubstr(R"("reason":"total_timeout")"));
}

}  // namespace
