#include "server/system/privileges.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/system/descriptor.hpp"
#include "server/system/socket_address.hpp"

namespace sluice::server {
namespace {

// What `f` gives in a process of its own.
template <class F>
int in_child(F f) {
  auto pid = ::fork();
  if (pid == 0) ::_exit(f());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Privileges, AnUnknownUserIsAFailure) {
  auto dropped = drop_privileges("nobody-has-this-name");
  ASSERT_FALSE(dropped);
  EXPECT_EQ(dropped.failure(), "user: there is no user 'nobody-has-this-name'");
}

enum Report { all_as_promised, not_dropped, still_root, port_lost };

int report_after_drop() {
  if (!drop_privileges("nobody")) return not_dropped;
  if (::geteuid() == 0 || ::setuid(0) == 0) return still_root;
  Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  SocketAddress at = resolve("127.0.0.1", 1)->front();
  return ::bind(socket.get(), at.get(), at.size) == 0 ? all_as_promised : port_lost;
}

TEST(Privileges, OnlyLowPortsAreLeftAfterADrop) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has something to drop";
  EXPECT_EQ(in_child(report_after_drop), all_as_promised);
}

TEST(Privileges, WhoIsNotRootCannotBecomeAnother) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs another user to try";
  EXPECT_EQ(in_child([] {
              if (!drop_privileges("nobody")) return 1;
              if (!drop_privileges("nobody")) return 2;  // is that user already
              auto again = drop_privileges("root");
              return !again && again.failure() == "user: only root can become 'root'" ? 0 : 3;
            }),
            0);
}

TEST(Privileges, TheSoftLimitOfDescriptorsBecomesTheHardOne) {
  EXPECT_EQ(in_child([] {
              rlimit limit{64, 128};
              ::setrlimit(RLIMIT_NOFILE, &limit);
              if (raise_descriptor_limit() != 128) return 1;
              ::getrlimit(RLIMIT_NOFILE, &limit);
              return limit.rlim_cur == 128 ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace sluice::server
