#include "server/system/cpus.hpp"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

TEST(Cpus, AQuotaIsItsTimeByItsPeriod) {
  EXPECT_EQ(cpu_quota("150000 100000"), 1.5);
  EXPECT_EQ(cpu_quota("max 100000"), std::nullopt);
  for (auto* text : {"", "100000", "x 100000", "100000 x", "0 100000", "100000 0", "-5 100000"})
    EXPECT_EQ(cpu_quota(text), std::nullopt) << text;
}

TEST(Cpus, TheQuotaBoundsWhatIsAvailableAndIsRoundedDown) {
  EXPECT_EQ(bounded_cpus(8, std::nullopt), 8u);
  EXPECT_EQ(bounded_cpus(8, 2.9), 2u);
  EXPECT_EQ(bounded_cpus(2, 16.0), 2u);
  EXPECT_EQ(bounded_cpus(8, 0.2), 1u);
}

TEST(Cpus, ThereIsAtLeastOne) {
  EXPECT_GE(usable_cpus(), 1u);
}

}  // namespace
}  // namespace sluice::server
