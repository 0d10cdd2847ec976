// Breakers, bulkheads and outliers as a request meets them, with upstreams that the test plays by hand.
#include "proxy/bulkhead.hpp"

#include "net/loop.hpp"
#include "proxy/forwarder.hpp"
#include "proxy/gateway_fixture.hpp"
#include "upstream/puppet_dialler.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using proxy::testing::Call;
using upstream::testing::ok_answer;
using upstream::testing::PuppetDialler;

namespace {

constexpr std::string_view broken_answer = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";

struct BulkheadTest : ::testing::Test, proxy::testing::Host {
  net::TestLoop loop;
  telemetry::Metrics metrics{1};
  upstream::Registry registry{metrics, 1, [](std::shared_ptr<upstream::Endpoint>) {}};
  PuppetDialler puppet;
  upstream::Connections connections{loop.reactor, puppet.dialler()};
  config::Upstream settings;
  Forwarder forwarder{loop.reactor.worker(), connections, metrics.worker(0), 42};
  Gateway gateway{loop.reactor.worker(), forwarder, metrics, keeper()};
  std::shared_ptr<upstream::Upstream> users;

  ~BulkheadTest() override {
    next.reset();
    users.reset();
  }
  Worker& worker() override { return loop.reactor.worker(); }
  Gateway& the_gateway() override { return gateway; }
  void spin() override { loop.spin(); }

  void endpoint(const char* url) {
    settings.endpoints.push_back({*Scalar<config::EndpointUrl>::parse(url), 1});
  }
  void to_users() {
    if (settings.endpoints.empty()) endpoint("http://10.1.0.1:8080");
    users = std::make_shared<upstream::Upstream>("users", settings, registry, nullptr);
    route("users", "/**").action = Forward{{{users, 1}}};
  }
  void say(std::string_view bytes, std::size_t i = 0) {
    puppet.calls.at(i).wire->say(bytes);
    spin();
  }
  std::uint16_t ask(std::string_view answer) {
    Call call(*this, "GET", "/a");
    call.go();
    if (!call.done()) say(answer);
    return call.sink.status;
  }
  bool counted(std::string_view line) const { return metrics.text().find(line) != std::string::npos; }
};

}  // namespace

TEST_F(BulkheadTest, RefusesAtOnceWhatIsTooMuchInFlight) {
  settings.breaker = config::Breaker{};
  settings.breaker->in_flight = 1;
  to_users();
  Call first(*this, "GET", "/a"), second(*this, "GET", "/b");
  first.go();
  second.go();
  EXPECT_EQ(second.sink.status, 503);
  EXPECT_EQ(second.sink.field("Retry-After"), "1");
  EXPECT_TRUE(records[0].flags.has(Flag::uo));
  EXPECT_EQ(records[0].cause, "too_many_in_flight");
  EXPECT_TRUE(counted("sluice_breaker_refused_total{upstream=\"users\",reason=\"in_flight\"} 1"));
  say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
  Call third(*this, "GET", "/c");
  third.go();
  EXPECT_EQ(third.sink.status, 503) << "in flight is to the end of the answer";
  say("b");
  EXPECT_EQ(ask(ok_answer), 200);
}

TEST_F(BulkheadTest, RefusesAtOnceWhatIsTooMuchPendingAndAsksNobodyElse) {
  settings.breaker = config::Breaker{};
  settings.breaker->pending = 1;
  settings.connect_timeout = 10s;
  for (auto url : {"http://10.1.0.1:80", "http://10.1.0.2:80", "http://10.1.0.3:80"}) endpoint(url);
  to_users();
  puppet.stalls = true;
  Call first(*this, "GET", "/a"), second(*this, "GET", "/b");
  first.go();
  ASSERT_EQ(puppet.calls.size(), 1u);
  second.go();
  EXPECT_EQ(puppet.calls.size(), 1u);
  EXPECT_EQ(second.sink.status, 503);
  EXPECT_EQ(second.sink.field("Retry-After"), "1");
  EXPECT_EQ(records[0].cause, "too_many_pending");
  EXPECT_EQ(records[0].attempts, 1);
  EXPECT_TRUE(records[0].flags.has(Flag::uo));
  EXPECT_TRUE(counted("sluice_breaker_refused_total{upstream=\"users\",reason=\"pending\"} 1"));
  first.client_gone();
  EXPECT_EQ(users->breaker().status(*users->breaker_rules(), loop.reactor.now()).pending, 0u);
  puppet.stalls = false;
  Call third(*this, "GET", "/c");
  third.go();
  say(ok_answer, 1);
  EXPECT_EQ(third.sink.status, 200);
}

TEST_F(BulkheadTest, AnIdleConnectionIsNoneThatIsPending) {
  settings.breaker = config::Breaker{};
  settings.breaker->pending = 1;
  to_users();
  EXPECT_EQ(ask(ok_answer), 200);
  auto& endpoint = *users->endpoints()->members()[0].endpoint;
  EXPECT_EQ(endpoint.connections(), 1u);
  Call warm(*this, "GET", "/a");
  warm.go();
  EXPECT_EQ(users->breaker().status(*users->breaker_rules(), loop.reactor.now()).pending, 0u);
  say(ok_answer);
  EXPECT_EQ(warm.sink.status, 200);
}

TEST_F(BulkheadTest, WhoLeavesGivesItsPlaceBack) {
  settings.breaker = config::Breaker{};
  settings.breaker->in_flight = 1;
  to_users();
  Call first(*this, "GET", "/a");
  first.go();
  first.client_gone();
  EXPECT_EQ(users->breaker().status(*users->breaker_rules(), loop.reactor.now()).in_flight, 0u);
}

TEST_F(BulkheadTest, OpensAndSaysHowLong) {
  settings.breaker = config::Breaker{};
  to_users();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(broken_answer), 500);
  users->judge(loop.reactor.now());
  Call refused(*this, "GET", "/a");
  refused.go();
  EXPECT_EQ(refused.sink.status, 503);
  EXPECT_EQ(refused.sink.field("Retry-After"), "5");
  EXPECT_EQ(records.back().cause, "breaker_open");
  EXPECT_EQ(records.back().attempts, 0);
  EXPECT_TRUE(counted("sluice_breaker_state{upstream=\"users\"} 2"));
}

TEST_F(BulkheadTest, SurvivesAReload) {
  settings.breaker = config::Breaker{};
  to_users();
  for (int i = 0; i < 20; ++i) ask(broken_answer);
  users->judge(loop.reactor.now());
  upstream::Upstream again("users", settings, registry, nullptr);
  EXPECT_EQ(&again.breaker(), &users->breaker());
  EXPECT_FALSE(again.breaker().admit(*again.breaker_rules(), 0, loop.reactor.now()).ticket);
}

TEST_F(BulkheadTest, AnEndpointThatBreaksInARowIsEjected) {
  settings.outlier = config::Outlier{};
  endpoint("http://10.1.0.1:8080");
  endpoint("http://10.1.0.2:8080");
  to_users();
  auto& bad = *users->endpoints()->members()[0].endpoint;
  for (int i = 0; i < 5; ++i) {
    Call call(*this, "GET", "/a");
    Judged judged(call.x, *users, bad, nullptr, call.x.deadline);
    judged.failed(Error(Error::Kind::reset, Error::Side::upstream, "reset"));
    call.x.end({});
  }
  EXPECT_TRUE(bad.ejected());
}

TEST_F(BulkheadTest, AClientsFaultIsNobodysElse) {
  settings.outlier = config::Outlier{};
  endpoint("http://10.1.0.1:8080");
  endpoint("http://10.1.0.2:8080");
  to_users();
  auto& good = *users->endpoints()->members()[0].endpoint;
  for (int i = 0; i < 20; ++i) {
    Call call(*this, "GET", "/a");
    {
      Judged judged(call.x, *users, good, nullptr, call.x.deadline);
      judged.failed(Error(Error::Kind::reset, Error::Side::downstream, "client_gone"));
    }
    Judged left(call.x, *users, good, nullptr, call.x.deadline);
    call.x.end({});
  }
  EXPECT_FALSE(good.ejected());
  EXPECT_EQ(good.local(0).badly.value(), 0u);
}
