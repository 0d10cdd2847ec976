#include "upstream/upstream.hpp"

#include <gtest/gtest.h>

#include "upstream/tls.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;

namespace {

struct Upstreams : ::testing::Test {
  telemetry::Metrics metrics{1};
  Registry registry{metrics, 1, [](std::shared_ptr<Endpoint>) {}};
  config::Upstream settings;

  void endpoint(const char* url, std::uint32_t weight = 1) {
    settings.endpoints.push_back({*Scalar<config::EndpointUrl>::parse(url), weight});
  }
  Upstream build() { return Upstream("users", settings, registry, nullptr); }
};

}  // namespace

TEST_F(Upstreams, TakesItsSettingsFromTheConfiguration) {
  endpoint("http://10.0.0.1:8080");
  settings.pool.max_idle = 7;
  settings.pool.idle_timeout = 11s;
  settings.pool.max_connections = 13;
  settings.connect_timeout = 250ms;
  settings.tls.emplace().server_name = "users.internal";
  auto users = build();
  EXPECT_EQ(users.connecting().max_idle, 7u);
  EXPECT_EQ(users.connecting().idle_timeout, 11s);
  EXPECT_EQ(users.connecting().max_connections, 13u);
  EXPECT_EQ(users.connecting().connect_timeout, 250ms);
  EXPECT_EQ(users.connecting().server_name, "users.internal");
  settings.pool.max_connections = {};
  EXPECT_EQ(build().connecting().max_connections, 0u);
}

TEST_F(Upstreams, AnEndpointThatIsWrittenTwiceHasBothWeights) {
  endpoint("http://10.0.0.1:8080", 2);
  endpoint("http://10.0.0.2:8080");
  endpoint("http://10.0.0.1:8080", 3);
  auto set = build().endpoints();
  ASSERT_EQ(set->size(), 2u);
  EXPECT_EQ(set->members()[0].weight, 5u);
}

TEST_F(Upstreams, TheAuthorityLeavesOutTheUsualPort) {
  for (auto url : {"http://a.internal", "http://a.internal:8080", "https://a.internal",
                   "https://a.internal:80", "http://[::1]:80", "http://[::1]:8080", "unix:/run/users.sock"})
    endpoint(url);
  std::vector<std::string> authorities;
  auto set = build().endpoints();
  for (auto& m : set->members()) authorities.push_back(m.endpoint->authority());
  EXPECT_EQ(authorities, (std::vector<std::string>{"a.internal", "a.internal:8080", "a.internal",
                                                   "a.internal:80", "[::1]", "[::1]:8080", "localhost"}));
}

TEST_F(Upstreams, HostFollowsThePolicy) {
  endpoint("http://10.0.0.1:8080");
  auto preserving = build();
  auto& e = *preserving.endpoints()->members()[0].endpoint;
  EXPECT_EQ(preserving.host_for(e, "api.example.com"), "api.example.com");
  EXPECT_EQ(preserving.host_for(e, ""), "10.0.0.1:8080");  // an HTTP/1.0 client named none
  settings.host.kind = config::HostPolicy::Kind::endpoint;
  EXPECT_EQ(build().host_for(e, "api.example.com"), "10.0.0.1:8080");
  settings.host = {config::HostPolicy::Kind::name, "users.example.com"};
  auto named = build();
  EXPECT_EQ(named.host_for(e, "api.example.com"), "users.example.com");
}

TEST_F(Upstreams, OtherTlsSettingsAreAnotherEndpointOtherWeightsAreNot) {
  endpoint("https://10.0.0.1:8443");
  auto first = build().endpoints();
  settings.endpoints[0].weight = 9;
  EXPECT_EQ(build().endpoints()->members()[0].endpoint, first->members()[0].endpoint);
  settings.tls.emplace().verify = false;
  EXPECT_NE(build().endpoints()->members()[0].endpoint, first->members()[0].endpoint);
}

TEST_F(Upstreams, TlsIsBuiltOnlyWhereSomebodySpeaksIt) {
  net::TlsNotes notes;
  endpoint("http://10.0.0.1:8080");
  settings.tls.emplace().ca = "/no/such/file.pem";
  EXPECT_EQ(tls_context(settings, wall_now(), notes), nullptr);
  EXPECT_TRUE(notes.errors.empty());
  endpoint("https://10.0.0.2:8443");
  EXPECT_EQ(tls_context(settings, wall_now(), notes), nullptr);
  ASSERT_EQ(notes.errors.size(), 1u);
  EXPECT_NE(notes.errors[0].find("/no/such/file.pem"), std::string::npos);
  notes = {};
  settings.tls->ca.reset();
  EXPECT_NE(tls_context(settings, wall_now(), notes), nullptr);
}
