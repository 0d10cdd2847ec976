#include "proxy/choice.hpp"

#include "proxy/forwarder_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace sluice::proxy::testing;
using namespace std::chrono_literals;

namespace {

struct ChoiceTest : ForwarderTest {
  std::shared_ptr<upstream::Upstream> upstream;

  // Two endpoints, with whatever else the settings say.
  void two() {
    endpoint("http://10.1.0.1:8080");
    endpoint("http://10.1.0.2:8080");
    upstream = users();
    route("users", "/users/{id}").action = Forward{{{upstream, 1}}};
  }
  upstream::Latency& latency(std::size_t i) {
    return upstream->endpoints()->members()[i].endpoint->local(0).latency;
  }
};

}  // namespace

TEST_F(ChoiceTest, ReadingAndWritingGoToTheirUpstreams) {
  endpoint("http://10.1.0.1:8080");
  Forward to;
  to.to.push_back({users(), 1});
  to.write = users();
  Call call(*this, "GET", "/users/1");
  auto choose_for = [&](Method method) {
    call.x.request.method = method;
    return choose(to, call.x);
  };
  for (auto method : {Method::get, Method::head, Method::options, Method::trace})
    EXPECT_EQ(choose_for(method), to.to.front().upstream.get());
  for (auto method : {Method::post, Method::put, Method::patch, Method::delete_, Method::other})
    EXPECT_EQ(choose_for(method), to.write.get());
  to.write = nullptr;
  EXPECT_EQ(choose_for(Method::post), to.to.front().upstream.get());
}

TEST_F(ChoiceTest, AKeyComesFromTheRequest) {
  settings.balance.consistent_hash.emplace().key = *Variable::parse("header.X-Tenant");
  two();
  Call call(*this, "GET", "/users/1");
  EXPECT_FALSE(asked_of(call.x, *upstream).key);
  call.x.request.fields.add("X-Tenant", "a");
  EXPECT_EQ(asked_of(call.x, *upstream).key, upstream::hash_of("a"));
}

TEST_F(ChoiceTest, LatencyIsTheTimeToTheHeadOfTheAnswer) {
  settings.balance = config::Balance::peak_ewma;
  two();
  Call call(*this, "GET", "/users/1");
  call.go();
  loop.advance(40ms);
  say(ok_answer);
  EXPECT_EQ(call.sink.status, 200);
  auto asked = records[0].endpoint == "10.1.0.1:8080" ? 0u : 1u;
  EXPECT_NEAR(latency(asked).at(worker().timers.now()), 40e6, 5e6);
  EXPECT_FALSE(latency(1 - asked).known());
}

TEST_F(ChoiceTest, AnAttemptThatIsGivenUpWasAFailureOfItsLength) {
  settings.balance = config::Balance::peak_ewma;
  two();
  for (std::size_t i : {0u, 1u}) latency(i).observe(1ms, worker().timers.now(), true);
  Call call(*this, "GET", "/users/1");
  call.go();
  loop.advance(3s);
  call.client_gone();
  auto now = worker().timers.now();
  EXPECT_NEAR(std::max(latency(0).at(now), latency(1).at(now)), 3e9, 1e8);
}

TEST_F(ChoiceTest, NobodyWatchesLatencyThatNobodyAsksFor) {
  two();
  Call call(*this, "GET", "/users/1");
  call.go();
  say(ok_answer);
  EXPECT_FALSE(latency(0).known());
  EXPECT_FALSE(latency(1).known());
}

TEST_F(ChoiceTest, TheCookieIsSetWhereItWouldChange) {
  settings.sticky.emplace().secret = "sixteen characters";
  two();
  Call first(*this, "GET", "/users/1");
  first.go();
  say(ok_answer);
  auto cookie = std::string(first.sink.field("Set-Cookie"));
  ASSERT_TRUE(cookie.starts_with("sluice=")) << cookie;
  EXPECT_TRUE(cookie.ends_with("; SameSite=Lax")) << cookie;
  for (int i = 0; i < 10; ++i) {
    Call again(*this, "GET", "/users/1");
    again.x.request.fields.add("Cookie", std::string_view(cookie).substr(0, cookie.find(';')));
    again.go();
    say(ok_answer);
    EXPECT_EQ(again.sink.field("Set-Cookie"), "");
    EXPECT_EQ(records.back().endpoint, records.front().endpoint);
  }
}

TEST_F(ChoiceTest, TheCookieIsSecureWhereTheClientCameByTls) {
  settings.sticky.emplace().secret = "sixteen characters";
  two();
  Call call(*this, "GET", "/users/1");
  call.x.request.scheme = "https";
  call.go();
  say(ok_answer);
  EXPECT_TRUE(std::string(call.sink.field("Set-Cookie")).ends_with("; Secure"));
}
