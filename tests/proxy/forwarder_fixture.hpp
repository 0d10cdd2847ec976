// A gateway with a real forwarder, whose upstreams the test plays by hand on connections in memory.
//
//   struct RetryTest : ForwarderTest {};
//   TEST_F(RetryTest, ...) {
//     to_users();
//     Call call(*this, "GET", "/users/7");
//     call.go();
//     EXPECT_THAT(asked(), StartsWith("GET /users/7 "));
//     say(ok_answer);
//   }
#pragma once
#include <set>

#include "net/loop.hpp"
#include "proxy/forwarder.hpp"
#include "proxy/gateway_fixture.hpp"
#include "upstream/puppet_dialler.hpp"

namespace sluice::proxy::testing {

using upstream::testing::ok_answer;
using upstream::testing::PuppetDialler;

struct ForwarderTest : ::testing::Test, Host {
  net::TestLoop loop;
  telemetry::Metrics metrics{1};
  upstream::Registry registry{metrics, 1, [](std::shared_ptr<upstream::Endpoint>) {}};
  PuppetDialler puppet;
  int refusals = 0;            // of the next dials
  std::set<std::string> dead;  // addresses that refuse all
  upstream::Connections connections{loop.reactor, [this](auto& reactor, auto target, auto deadline) {
                                      puppet.refusal.reset();
                                      bool refuses = dead.contains(target.address.to_string());
                                      if (refuses || (refusals > 0 && refusals--))
                                        puppet.refusal = upstream::testing::refused();
                                      return puppet.dialler()(reactor, std::move(target), deadline);
                                    }};
  config::Upstream settings;
  Forwarder forwarder{loop.reactor.worker(), connections, metrics.worker(0), 42};
  Gateway gateway{loop.reactor.worker(), forwarder, metrics, keeper()};

  ~ForwarderTest() override { next.reset(); }  // its upstreams count on the metrics

  Worker& worker() override { return loop.reactor.worker(); }
  Gateway& the_gateway() override { return gateway; }
  void spin() override { loop.spin(); }

  void endpoint(const char* url) {
    settings.endpoints.push_back({*Scalar<config::EndpointUrl>::parse(url), 1});
  }
  std::shared_ptr<upstream::Upstream> users() {
    if (settings.endpoints.empty()) endpoint("http://10.1.0.1:8080");
    return std::make_shared<upstream::Upstream>("users", settings, registry, nullptr);
  }
  Route& to_users() {
    auto& r = route("users", "/users/**");
    r.action = Forward{{{users(), 1}}};
    return r;
  }
  net::MemoryWire& wire(std::size_t i = 0) { return *puppet.calls.at(i).wire; }
  std::string asked(std::size_t i = 0) { return wire(i).take(); }
  void say(std::string_view bytes, std::size_t i = 0) {
    wire(i).say(bytes);
    spin();
  }
  // A connection that has served a request and waits in the pool.
  void warm() {
    Call first(*this, "GET", "/users/warm");
    first.go();
    asked();
    say(ok_answer);
    ASSERT_EQ(first.sink.status, 200);
  }
};

}  // namespace sluice::proxy::testing
