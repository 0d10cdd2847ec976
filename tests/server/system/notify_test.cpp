#include "server/system/notify.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "server/support/scratch.hpp"
#include "server/system/descriptor.hpp"

namespace sluice::server {
namespace {

using ::testing::MatchesRegex;

// What a service manager is: a datagram socket.
class Manager {
 public:
  explicit Manager(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    if (at.sun_path[0] == '@') at.sun_path[0] = '\0';
    auto size = offsetof(sockaddr_un, sun_path) + path.size();
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(size)), 0);
  }
  std::string heard() const {
    char text[256];
    auto n = ::recv(socket_.get(), text, sizeof text, 0);
    return n < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(n));
  }

 private:
  Descriptor socket_;
};

TEST(Notify, SaysWhatSystemdUnderstands) {
  testing::Scratch scratch;
  auto path = (scratch / "notify").string();
  Manager manager(path);
  Notifier notifier(path);
  notifier.ready();
  EXPECT_EQ(manager.heard(), "READY=1");
  notifier.reloading();
  EXPECT_THAT(manager.heard(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  notifier.stopping();
  EXPECT_EQ(manager.heard(), "STOPPING=1");
}

TEST(Notify, KnowsAbstractSockets) {
  auto path = "@sluice-notify-" + std::to_string(::getpid());
  Manager manager(path);
  Notifier(path).ready();
  EXPECT_EQ(manager.heard(), "READY=1");
}

TEST(Notify, IsSilentWhereNobodyListens) {
  Notifier("").ready();
  Notifier("/nonexistent/socket").ready();
  Notifier(std::string(200, 'x')).ready();
}

}  // namespace
}  // namespace sluice::server
