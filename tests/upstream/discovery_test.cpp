#include "upstream/discovery.hpp"

#include <gtest/gtest.h>

using namespace sluice;
using namespace sluice::upstream;

namespace {

Addresses addresses(std::initializer_list<const char*> texts) {
  Addresses all;
  for (auto t : texts) all.push_back(*IpAddress::parse(t));
  return all;
}

}  // namespace

TEST(Discovery, TakesWhatIsNew) {
  Discovery d;
  EXPECT_TRUE(d.take(addresses({"10.0.0.1"})));
  EXPECT_TRUE(d.take(addresses({"10.0.0.1", "10.0.0.2"})));
  EXPECT_EQ(d.addresses(), addresses({"10.0.0.1", "10.0.0.2"}));
  EXPECT_TRUE(d.take(addresses({"fd00::1"})));
  EXPECT_EQ(d.addresses(), addresses({"fd00::1"}));
}

TEST(Discovery, OrderAndRepetitionAreNoChange) {
  Discovery d;
  EXPECT_TRUE(d.take(addresses({"10.0.0.2", "10.0.0.1"})));
  EXPECT_FALSE(d.take(addresses({"10.0.0.1", "10.0.0.2", "10.0.0.1"})));
  EXPECT_EQ(d.addresses().size(), 2u);
}

TEST(Discovery, AFailureKeepsTheLastGoodAnswer) {
  Discovery d;
  EXPECT_TRUE(d.take(addresses({"10.0.0.1"})));
  EXPECT_FALSE(d.take(Error(Error::Kind::unavailable, Error::Side::upstream, "dns_failed")));
  EXPECT_STREQ(d.cause(), "dns_failed");
  EXPECT_EQ(d.failures(), 1u);
  EXPECT_EQ(d.addresses(), addresses({"10.0.0.1"}));
  EXPECT_FALSE(d.take(addresses({"10.0.0.1"})));
  EXPECT_EQ(d.failures(), 0u);
  EXPECT_STREQ(d.cause(), "");
}

TEST(Discovery, AnEmptyAnswerIsAFailure) {
  Discovery d(addresses({"10.0.0.1"}));
  EXPECT_FALSE(d.take(Addresses{}));
  EXPECT_FALSE(d.take(Addresses{}));
  EXPECT_EQ(d.failures(), 2u);
  EXPECT_STREQ(d.cause(), "dns_empty");
  EXPECT_EQ(d.addresses(), addresses({"10.0.0.1"}));
}
