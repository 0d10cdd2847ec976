#include "server/modes.hpp"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

class ModesTest : public ::testing::Test {
 protected:
  // One configuration with this filter: built, and in force.
  std::shared_ptr<ModeCell> publish(Mode configured, const std::string& kind = "ip") {
    auto cell = modes_.cell("office", configured);
    modes_.follow({{"office", kind, {}, Phase::edge, configured, cell}});
    return cell;
  }
  Modes modes_;
};

TEST_F(ModesTest, WhatWasSwitchedStaysUntilTheFileChangesThatVeryValue) {
  auto cell = publish(Mode::enforce);
  EXPECT_EQ(*cell, Mode::enforce);
  cell->store(Mode::off);
  EXPECT_EQ(publish(Mode::enforce), cell);
  EXPECT_EQ(*cell, Mode::off);
  publish(Mode::shadow);
  EXPECT_EQ(*cell, Mode::shadow);
  publish(Mode::shadow);
  cell->store(Mode::enforce);
  publish(Mode::shadow);
  EXPECT_EQ(*cell, Mode::enforce);
}

TEST_F(ModesTest, ABuildThatIsRefusedChangesNothing) {
  auto cell = publish(Mode::enforce);
  EXPECT_EQ(modes_.cell("office", Mode::off), cell);
  EXPECT_EQ(*cell, Mode::enforce);
  cell->store(Mode::shadow);
  publish(Mode::enforce);
  EXPECT_EQ(*cell, Mode::shadow);
}

TEST_F(ModesTest, AnotherKindOfTheSameNameIsAnotherFilter) {
  auto cell = publish(Mode::enforce, "cache");
  cell->store(Mode::off);
  publish(Mode::enforce, "jwt");
  EXPECT_EQ(*cell, Mode::enforce) << "what was said of the cache does not open the door";
}

TEST_F(ModesTest, OneThatWasGoneMeanwhileIsNew) {
  auto cell = publish(Mode::enforce);
  cell->store(Mode::off);
  modes_.follow({});
  auto again = publish(Mode::enforce);
  EXPECT_NE(again, cell);
  EXPECT_EQ(*again, Mode::enforce);
}

}  // namespace
}  // namespace sluice::server
