#include "upstream/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <thread>

#include "upstream/fixtures.hpp"
#include "upstream/lookup.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Registry, GivesOneEndpointForOneIdentity) {
  Endpoints e;
  EXPECT_EQ(e.at(1), e.at(1));
  auto a = e.at(1);
  auto tls = identity("10.0.0.1");
  tls.tls = true;
  auto b = e.registry.endpoint(tls);
  auto c = e.registry.endpoint(identity("10.0.0.1", 8081));
  auto d = e.registry.endpoint(identity("10.0.0.1", 8080, "orders"));
  EXPECT_EQ(std::set({a, b, c, d}).size(), 4u);
  EXPECT_EQ(e.registry.size(), 4u);
}

TEST(Registry, AReloadForgetsNothingOfWhatStays) {
  Endpoints e;
  auto before = e.set({1, 1});
  e.at(2)->set_health(false, "status 503");
  ASSERT_TRUE(e.at(2)->add_connection(0));
  auto after = e.set({3, 4});
  before.reset();
  EXPECT_FALSE(after->members()[1].endpoint->healthy());
  EXPECT_EQ(after->members()[1].endpoint->health().reason, "status 503");
  EXPECT_EQ(after->members()[1].endpoint->connections(), 1u);
  EXPECT_TRUE(e.retired.empty());
}

TEST(Registry, WhatNoSetHoldsIsRetiredOnce) {
  Endpoints e;
  auto before = e.set({1, 1, 1});
  auto after = e.set({1});
  auto gone = before->members()[2].endpoint.get();
  before.reset();
  ASSERT_EQ(e.retired.size(), 2u);
  EXPECT_THAT((std::set{e.retired[0].get(), e.retired[1].get()}), ::testing::Contains(gone));
  EXPECT_TRUE(e.retired[0]->draining());
  EXPECT_FALSE(e.retired[0]->available());
  EXPECT_EQ(e.registry.size(), 1u);
}

TEST(Registry, ARetiredEndpointComesBackAsANewOne) {
  Endpoints e;
  auto first = e.at(1).get();
  auto again = e.at(1);
  EXPECT_NE(again.get(), first);  // the retired one is still held, so this cannot be its memory
  EXPECT_TRUE(again->available());
}

TEST(Registry, TheMetricOfAForgottenEndpointGoesUnlessAnotherHasItsName) {
  Endpoints e;
  auto plain = e.at(1);
  auto tls_identity = identity("10.0.0.1");
  tls_identity.tls = true;
  auto tls = e.registry.endpoint(tls_identity);
  e.metrics.healthy(tls->id(), true);
  plain.reset();
  EXPECT_THAT(e.metrics.text(), HasSubstr("10.0.0.1:8080"));
  tls.reset();
  EXPECT_THAT(e.metrics.text(), Not(HasSubstr("10.0.0.1:8080")));
}

TEST(Registry, MayDieBeforeWhatItGave) {
  telemetry::Metrics metrics(1);
  int retired = 0;
  std::optional<Registry> registry(std::in_place, metrics, 1, [&](std::shared_ptr<Endpoint>) { ++retired; });
  auto left = registry->endpoint(identity("10.0.0.1"));
  registry.reset();
  left.reset();
  EXPECT_EQ(retired, 0);
}

TEST(Endpoint, IsNamedAsItIsWritten) {
  Endpoints e;
  EXPECT_EQ(e.at(7)->name(), "10.0.0.7:8080");
  EXPECT_EQ(e.registry.endpoint(identity("::1"))->name(), "[::1]:8080");
  EndpointIdentity socket;
  socket.address.unix_path = "/run/x.sock";
  auto endpoint = e.registry.endpoint(socket);
  EXPECT_EQ(endpoint->name(), "unix:/run/x.sock");
  EXPECT_EQ(endpoint->address()->to_string(), "unix:/run/x.sock");
}

TEST(Endpoint, WithANameIsNotAvailableUntilResolved) {
  Endpoints e;
  auto endpoint = e.registry.endpoint(identity("users.internal"));
  EXPECT_FALSE(endpoint->available());
  EXPECT_FALSE(endpoint->address());
  endpoint->resolve({});
  EXPECT_FALSE(endpoint->available());
  Addresses addresses{*IpAddress::parse("10.0.0.5"), *IpAddress::parse("10.0.0.6")};
  endpoint->resolve(addresses);
  EXPECT_TRUE(endpoint->available());
  EXPECT_EQ(endpoint->address()->to_string(), "10.0.0.5:8080");
}

TEST(Endpoint, KeepsItsAddressWhileItIsAmongTheAnswers) {
  Endpoints e;
  auto endpoint = e.registry.endpoint(identity("users.internal"));
  auto a = *IpAddress::parse("10.0.0.5");
  auto b = *IpAddress::parse("10.0.0.6");
  endpoint->resolve(std::array{b});
  endpoint->resolve(std::array{a, b});
  EXPECT_EQ(endpoint->address()->ip, b);
  endpoint->resolve(std::array{a});
  EXPECT_EQ(endpoint->address()->ip, a);
  endpoint->resolve({});
  EXPECT_EQ(endpoint->address()->ip, a);
}

TEST(Endpoint, CountsConnectionsUpToTheLimitOfTheProcess) {
  Endpoints e;
  auto endpoint = e.at(1);
  EXPECT_TRUE(endpoint->add_connection(2));
  EXPECT_TRUE(endpoint->add_connection(2));
  EXPECT_FALSE(endpoint->add_connection(2));
  EXPECT_EQ(endpoint->connections(), 2u);
  endpoint->remove_connection();
  EXPECT_TRUE(endpoint->add_connection(2));
}

// What crosses threads, for ThreadSanitizer: workers read and count while others change health and addresses,
// ask the registry and drop what it gave.
TEST(Endpoint, IsSharedByThreads) {
  telemetry::Metrics metrics(4);
  std::atomic<int> retired = 0;
  Registry registry(metrics, 4, [&](std::shared_ptr<Endpoint>) { ++retired; });
  auto shared = registry.endpoint(identity("users.internal"));
  auto work = [&](unsigned worker) {
    for (unsigned i = 0; i < 2000; ++i) {
      shared->local(worker).in_flight.add();
      if (shared->add_connection(3)) shared->remove_connection();
      EXPECT_TRUE(!shared->available() || shared->address());
      auto other = registry.endpoint(identity("10.0.0." + std::to_string(i % 3)));
      shared->set_health(i % 2 == worker % 2, "status 503");
      shared->resolve(std::array{IpAddress::v4(i % 5)});
      EXPECT_TRUE(other->available());
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned w = 0; w < 4; ++w) threads.emplace_back(work, w);
  }
  EXPECT_EQ(shared->in_flight(), 8000u);
  EXPECT_EQ(shared->connections(), 0u);
  EXPECT_EQ(registry.size(), 1u);
  EXPECT_GT(retired, 0);
}
