#include "server/splits.hpp"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using Table = proxy::Weights::Table;

class SplitsTest : public ::testing::Test {
 protected:
  // One configuration with this route: built, and in force.
  std::shared_ptr<proxy::Weights> publish(const Table& configured) {
    auto weights = splits_.weights("orders", configured, 1);
    splits_.follow({{"orders", weights}});
    return weights;
  }
  Splits splits_;
};

TEST_F(SplitsTest, WhatWasSetStaysUntilTheFileChangesThatVeryValue) {
  publish({{"new", 5}, {"old", 95}})->exchange({{"new", 50}, {"old", 50}});
  EXPECT_EQ(publish({{"new", 5}, {"old", 95}})->standing(), (Table{{"new", 50}, {"old", 50}}));
  EXPECT_EQ(publish({{"new", 10}, {"old", 90}})->standing(), (Table{{"new", 10}, {"old", 90}}));
  EXPECT_EQ(publish({{"new", 5}, {"old", 95}})->standing(), (Table{{"new", 5}, {"old", 95}}))
      << "what was overruled does not come back";
}

TEST_F(SplitsTest, AnotherUpstreamInTheRouteIsAnotherValue) {
  publish({{"new", 5}, {"old", 95}})->exchange({{"new", 50}, {"old", 50}});
  EXPECT_EQ(publish({{"new", 5}, {"newer", 0}, {"old", 95}})->standing(),
            (Table{{"new", 5}, {"newer", 0}, {"old", 95}}));
}

TEST_F(SplitsTest, ABuildThatIsRefusedChangesNothing) {
  auto weights = publish({{"new", 5}, {"old", 95}});
  weights->exchange({{"new", 50}, {"old", 50}});
  EXPECT_NE(splits_.weights("orders", {{"new", 0}, {"old", 100}}, 1), weights);
  EXPECT_EQ(weights->standing(), (Table{{"new", 50}, {"old", 50}}));
  EXPECT_EQ(publish({{"new", 5}, {"old", 95}}), weights);
}

TEST_F(SplitsTest, ARouteThatWasGoneMeanwhileIsNew) {
  publish({{"new", 5}, {"old", 95}})->exchange({{"new", 50}, {"old", 50}});
  splits_.follow({});
  EXPECT_EQ(publish({{"new", 5}, {"old", 95}})->standing(), (Table{{"new", 5}, {"old", 95}}));
}

}  // namespace
}  // namespace sluice::server
