#include "server/system/listening.hpp"

#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include <set>

#include "server/support/client.hpp"
#include "server/support/scratch.hpp"

namespace sluice::server {
namespace {

using testing::Client;
using ::testing::HasSubstr;
using ::testing::SizeIs;

config::Address address(const std::string& text) {
  return Scalar<config::Address>::parse(text).value();
}

// Takes what is queued on any of the sockets; the peer's family, or 0.
int accept_any(const Listening& listening, unsigned workers) {
  for (int i = 0; i < 200; ++i, ::usleep(5000))
    for (unsigned w = 0; w < workers; ++w)
      for (int socket : listening.of_worker(w)) {
        SocketAddress peer;
        Descriptor taken(::accept4(socket, peer.get(), &peer.size, SOCK_CLOEXEC));
        if (taken) return peer.family();
      }
  return 0;
}

int option(int socket, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(socket, level, name, &value, &size);
  return value;
}

TEST(Listening, EveryWorkerHasASocketOnTheSamePort) {
  auto opened = open_listening(address("127.0.0.1:0"), {.workers = 3, .backlog = 16});
  ASSERT_TRUE(opened) << opened.failure();
  auto port = (*opened)->actual_address().port;
  EXPECT_NE(port, 0);
  std::set<int> sockets;
  for (unsigned w = 0; w < 3; ++w) {
    ASSERT_THAT((*opened)->of_worker(w), SizeIs(1));
    int socket = (*opened)->of_worker(w)[0];
    sockets.insert(socket);
    EXPECT_EQ(local_address(socket).port(), port);
    EXPECT_TRUE(option(socket, IPPROTO_TCP, TCP_NODELAY));
    EXPECT_TRUE(option(socket, SOL_SOCKET, SO_KEEPALIVE));
  }
  EXPECT_THAT(sockets, SizeIs(3));
  Client client((*opened)->actual_address());
  EXPECT_EQ(accept_any(**opened, 3), AF_INET);
}

TEST(Listening, NoHostMeansBothFamilies) {
  auto opened = open_listening(address(":0"), {});
  ASSERT_TRUE(opened) << opened.failure();
  auto port = (*opened)->actual_address().port;
  Client v4(address("127.0.0.1:" + std::to_string(port)));
  EXPECT_NE(accept_any(**opened, 1), 0);
  if (local_address((*opened)->of_worker(0)[0]).family() != AF_INET6) GTEST_SKIP() << "no IPv6 here";
  Client v6(address("[::1]:" + std::to_string(port)));
  EXPECT_EQ(accept_any(**opened, 1), AF_INET6);
}

TEST(Listening, AWrittenIpv6AddressIsThatFamilyAlone) {
  auto opened = open_listening(address("[::]:0"), {});
  if (!opened) GTEST_SKIP() << opened.failure();
  EXPECT_TRUE(option((*opened)->of_worker(0)[0], IPPROTO_IPV6, IPV6_V6ONLY));
}

TEST(Listening, ANameMayStandForSeveralAddressesOnOnePort) {
  auto opened = open_listening(address("localhost:0"), {});
  ASSERT_TRUE(opened) << opened.failure();
  for (int socket : (*opened)->of_worker(0))
    EXPECT_EQ(local_address(socket).port(), (*opened)->actual_address().port);
}

TEST(Listening, AnAddressInUseIsAFailureThatNamesIt) {
  auto first = open_listening(address("127.0.0.1:0"), {});
  ASSERT_TRUE(first);
  auto taken = (*first)->actual_address();
  auto second = open_listening(taken, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.failure(), "bind to " + taken.to_string() + ": Address already in use");
}

TEST(Listening, ANameThatIsNobodysIsAFailure) {
  auto opened = open_listening(address("name.invalid:80"), {});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.failure(), HasSubstr("bind to name.invalid:80: the name 'name.invalid': "));
}

TEST(Listening, WorkersShareAUnixSocketThatVanishesWithIt) {
  testing::Scratch scratch;
  auto at = address("unix:" + (scratch / "s").string());
  {
    auto opened = open_listening(at, {.workers = 2, .backlog = 16});
    ASSERT_TRUE(opened) << opened.failure();
    EXPECT_EQ((*opened)->of_worker(0), (*opened)->of_worker(1));
    Client client(at);
    EXPECT_EQ(accept_any(**opened, 1), AF_UNIX);
    EXPECT_FALSE(open_listening(at, {})) << "somebody listens there";
  }
  EXPECT_FALSE(std::filesystem::exists(at.unix_path));
}

TEST(Listening, AnAbandonedUnixSocketIsReplacedAndAPlainFileIsNot) {
  testing::Scratch scratch;
  auto at = address("unix:" + (scratch / "s").string());
  auto place = unix_address(at.unix_path);
  {
    Descriptor crashed(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(crashed.get(), place->get(), place->size), 0);
  }
  EXPECT_TRUE(open_listening(at, {}));
  scratch.write("s", "precious");
  auto refused = open_listening(at, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(scratch.read("s"), "precious");
}

}  // namespace
}  // namespace sluice::server
