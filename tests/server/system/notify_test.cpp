#include "server/system/notify.hpp"

#include <gmock/gmock.h>

#include "server/support/manager.hpp"
#include "server/support/scratch.hpp"

namespace sluice::server {
namespace {

using ::testing::MatchesRegex;

using testing::Manager;

TEST(Notify, SaysWhatSystemdUnderstands) {
  testing::Scratch scratch;
  auto path = (scratch / "notify").string();
  Manager manager(path);
  Notifier notifier(path);
  notifier.ready();
  EXPECT_EQ(manager.hears(), "READY=1");
  notifier.reloading();
  EXPECT_THAT(manager.hears(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  notifier.stopping();
  EXPECT_EQ(manager.hears(), "STOPPING=1");
}

TEST(Notify, KnowsAbstractSockets) {
  auto path = "@sluice-notify-" + std::to_string(::getpid());
  Manager manager(path);
  Notifier(path).ready();
  EXPECT_EQ(manager.hears(), "READY=1");
}

TEST(Notify, IsSilentWhereNobodyListens) {
  Notifier("").ready();
  Notifier("/nonexistent/socket").ready();
  Notifier(std::string(200, 'x')).ready();
}

}  // namespace
}  // namespace sluice::server
