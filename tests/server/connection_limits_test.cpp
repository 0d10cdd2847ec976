#include "server/connection_limits.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::server {
namespace {

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

TEST(ConnectionLimits, OneMoreThanTheWholeIsRefused) {
  ConnectionLimits limits;
  ConnectionBounds bounds{.connections = 2};
  EXPECT_EQ(limits.admit(ip("10.0.0.1"), bounds), Admission::admitted);
  EXPECT_EQ(limits.admit(ip("10.0.0.2"), bounds), Admission::admitted);
  EXPECT_EQ(limits.admit(ip("10.0.0.3"), bounds), Admission::too_many);
  EXPECT_EQ(limits.connections(), 2u);
  EXPECT_EQ(limits.connections_of(ip("10.0.0.3")), 0u);
  limits.leave(ip("10.0.0.1"));
  EXPECT_EQ(limits.admit(ip("10.0.0.3"), bounds), Admission::admitted);
}

TEST(ConnectionLimits, OneMoreOfAnAddressIsRefusedAndOthersAreNot) {
  ConnectionLimits limits;
  ConnectionBounds bounds{.connections_per_ip = 1};
  EXPECT_EQ(limits.admit(ip("10.0.0.1"), bounds), Admission::admitted);
  EXPECT_EQ(limits.admit(ip("10.0.0.1"), bounds), Admission::too_many_of_address);
  EXPECT_EQ(limits.admit(ip("::ffff:10.0.0.1"), bounds), Admission::too_many_of_address);
  EXPECT_EQ(limits.admit(ip("10.0.0.2"), bounds), Admission::admitted);
  EXPECT_EQ(limits.connections(), 2u);
  limits.leave(ip("10.0.0.1"));
  EXPECT_EQ(limits.admit(ip("10.0.0.1"), bounds), Admission::admitted);
}

TEST(ConnectionLimits, AnIpv6ClientIsItsNetwork) {
  ConnectionLimits limits;
  ConnectionBounds bounds{.connections_per_ip = 1};
  EXPECT_EQ(limits.admit(ip("2001:db8:0:1::1"), bounds), Admission::admitted);
  EXPECT_EQ(limits.admit(ip("2001:db8:0:1:ffff::2"), bounds), Admission::too_many_of_address);
  EXPECT_EQ(limits.admit(ip("2001:db8:0:2::1"), bounds), Admission::admitted);
  limits.leave(ip("2001:db8:0:1:ffff::2"));
  EXPECT_EQ(limits.connections_of(ip("2001:db8:0:1::1")), 0u);
}

TEST(ConnectionLimits, AUnixPeerCountsOnlyForTheWhole) {
  ConnectionLimits limits;
  ConnectionBounds bounds{.connections = 2, .connections_per_ip = 1};
  EXPECT_EQ(limits.admit({}, bounds), Admission::admitted);
  EXPECT_EQ(limits.admit({}, bounds), Admission::admitted);
  EXPECT_EQ(limits.admit({}, bounds), Admission::too_many);
}

TEST(ConnectionLimits, AZeroAdmitsNobodyAndLeavesNoTrace) {
  ConnectionLimits limits;
  EXPECT_EQ(limits.admit(ip("10.0.0.1"), {.connections_per_ip = 0}), Admission::too_many_of_address);
  EXPECT_EQ(limits.connections(), 0u);
  EXPECT_EQ(limits.connections_of(ip("10.0.0.1")), 0u);
}

TEST(ConnectionLimits, WorkersShareOneCount) {
  ConnectionLimits limits;
  std::vector<std::thread> workers;
  std::atomic<int> admitted{0};
  for (int w = 0; w < 4; ++w)
    workers.emplace_back([&] {
      for (int i = 0; i < 1000; ++i)
        if (limits.admit(ip("10.0.0.1"), {.connections_per_ip = 500}) == Admission::admitted) ++admitted;
    });
  for (auto& w : workers) w.join();
  EXPECT_EQ(admitted, 500);
  EXPECT_EQ(limits.connections(), 500u);
}

}  // namespace
}  // namespace sluice::server
