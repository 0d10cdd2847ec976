#include "upstream/discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

using namespace sluice;
using namespace sluice::upstream;
using ::testing::HasSubstr;

namespace {

Finding finding(std::initializer_list<const char*> urls) {
  Finding f;
  for (auto url : urls) f.endpoints.emplace_back().url = *Scalar<config::EndpointUrl>::parse(url);
  return f;
}

struct DiscoveryTest : ::testing::Test {
  std::ostringstream logged;
  telemetry::log::Redirect redirect{logged};
  telemetry::Metrics metrics{1};
  Discovery discovery{"orders", {"srv", "_http._tcp.orders"}, metrics};

  std::size_t lines(const std::string& event) const {
    std::size_t n = 0;
    auto text = logged.str();
    for (auto at = text.find(event); at != text.npos; at = text.find(event, at + 1)) ++n;
    return n;
  }
};

TEST_F(DiscoveryTest, SaysWhatItLooksForBeforeAnythingIsKnown) {
  auto status = discovery.status();
  EXPECT_EQ(status.kind, "srv");
  EXPECT_EQ(status.name, "_http._tcp.orders");
  EXPECT_FALSE(status.usable);
  EXPECT_FALSE(status.loaded);
  EXPECT_EQ(status.error, "");
}

TEST_F(DiscoveryTest, TakesOtherEndpoints) {
  EXPECT_TRUE(discovery.take(finding({"http://10.0.0.1:80"})));
  EXPECT_FALSE(discovery.take(finding({"http://10.0.0.1:80"})));
  EXPECT_TRUE(discovery.take(finding({"http://10.0.0.1:80", "http://10.0.0.2:80"})));
  auto status = discovery.status();
  EXPECT_TRUE(status.usable);
  EXPECT_EQ(status.items, 2u);
  EXPECT_LT(wall_now() - *status.loaded, std::chrono::minutes(1));
  EXPECT_EQ(lines("discovery.endpoints"), 2u);
}

TEST_F(DiscoveryTest, AnotherWeightIsAnotherSet) {
  EXPECT_TRUE(discovery.take(finding({"http://10.0.0.1:80"})));
  auto heavier = finding({"http://10.0.0.1:80"});
  heavier.endpoints[0].weight = 2;
  EXPECT_TRUE(discovery.take(heavier));
}

TEST_F(DiscoveryTest, AFailureKeepsTheLastGoodSetAndARowOfThemIsToldOnce) {
  EXPECT_TRUE(discovery.take(finding({"http://10.0.0.1:80"})));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(discovery.take(Finding::failed("dns_no_answer")));
  EXPECT_EQ(discovery.endpoints(), finding({"http://10.0.0.1:80"}).endpoints);
  EXPECT_EQ(discovery.status().error, "dns_no_answer");
  EXPECT_TRUE(discovery.status().usable);
  EXPECT_EQ(lines("discovery.failed"), 1u);
  EXPECT_FALSE(discovery.take(finding({"http://10.0.0.1:80"})));
  EXPECT_EQ(discovery.status().error, "");
  EXPECT_THAT(logged.str(), HasSubstr("discovery.recovered"));
  EXPECT_THAT(metrics.text(),
              HasSubstr("sluice_discovery_failures_total{upstream=\"orders\",kind=\"srv\"} 3"));
}

TEST_F(DiscoveryTest, NothingFoundIsAFailureToo) {
  EXPECT_TRUE(discovery.take(finding({"http://10.0.0.1:80"})));
  EXPECT_FALSE(discovery.take({}));
  EXPECT_EQ(discovery.endpoints().size(), 1u);
  EXPECT_EQ(discovery.status().error, "empty");
}

TEST_F(DiscoveryTest, AnotherReasonIsToldAgain) {
  discovery.take(Finding::failed("orders.yaml:1:1: one"));
  discovery.take(Finding::failed("orders.yaml:2:1: two"));
  EXPECT_EQ(lines("discovery.failed"), 2u);
}

TEST(SourceOf, NamesWhatItIsAndWhere) {
  config::Discover settings;
  settings.file = "/etc/orders.yaml";
  EXPECT_EQ(source_of(settings).kind, "file");
  EXPECT_EQ(source_of(settings).name, "/etc/orders.yaml");
  settings = {};
  settings.dns = "orders.internal";
  settings.port = 80;
  EXPECT_EQ(source_of(settings).kind, "dns");
  EXPECT_EQ(source_of(settings).name, "orders.internal:80");
}

}  // namespace
