#include "server/admin/path.hpp"

#include <gmock/gmock.h>

namespace sluice::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AdminPath, AFixedPathIsItself) {
  EXPECT_THAT(match_path("/status", "/status").value(), IsEmpty());
  for (auto* other : {"", "/", "/statu", "/status/", "/status/x", "/%73tatus", "status"})
    EXPECT_FALSE(match_path("/status", other)) << other;
}

TEST(AdminPath, NamesAreOneSegmentAndDecoded) {
  auto names = [](const char* path) { return match_path("/policies/{}/mode", path).value(); };
  EXPECT_THAT(names("/policies/login/mode"), ElementsAre("login"));
  EXPECT_THAT(names("/policies/get-user%2Fip/mode"), ElementsAre("get-user/ip"));
  EXPECT_THAT(names("/policies/%2f%25%00/mode"), ElementsAre(std::string("/%\0", 3)));
  EXPECT_THAT(match_path("/limits/{}/{}", "/limits/per-user/a%20b").value(), ElementsAre("per-user", "a b"));
}

TEST(AdminPath, WhatNamesNothingMatchesNothing) {
  for (auto* path : {"/policies//mode", "/policies/a/b/mode", "/policies/a/modes", "/policies/a",
                     "/policies/%/mode", "/policies/%4/mode", "/policies/%zz/mode", "/policies/a%2/mode"})
    EXPECT_FALSE(match_path("/policies/{}/mode", path)) << path;
}

}  // namespace
}  // namespace sluice::server
