// Real sockets, on loopback.
#include "upstream/dial.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "net/socket.hpp"
#include "net/test_certificates.hpp"
#include "net/tls/transport.hpp"
#include "upstream/lookup.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;

namespace {

// A listening socket on a free port, or on a path.
struct Listening {
  net::Socket socket;
  EndpointAddress address;

  explicit Listening(const char* ip = "127.0.0.1", int backlog = 16) {
    auto at = net::SocketAddress::ip(*IpAddress::parse(ip), 0);
    socket = net::Socket(::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(socket.get(), at.get(), at.size), 0);
    EXPECT_EQ(::listen(socket.get(), backlog), 0);
    socklen_t size = sizeof at.storage;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at.storage), &size);
    address = EndpointAddress(at.address(), at.port());
  }
  Listening(const std::string& path, int backlog) : address(path) {
    auto at = net::SocketAddress::unix_path(path);
    socket = net::Socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(socket.get(), at.get(), at.size), 0);
    EXPECT_EQ(::listen(socket.get(), backlog), 0);
  }
  net::Socket accept() { return net::Socket(::accept(socket.get(), nullptr, nullptr)); }
};

struct Dialling : ::testing::Test {
  net::Reactor reactor{0};
  net::Reactor::Here here{reactor};
  std::optional<Dialled> result;
  Scope scope;
  std::filesystem::path directory;

  void SetUp() override {
    std::string name = ::testing::TempDir() + "sluice-dial-XXXXXX";
    directory = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  Task<Unit> dial_into(DialTarget target, TimePoint deadline) {
    auto dialling = dial(reactor, std::move(target), deadline);
    auto dialled = co_await dialling;
    result.emplace(std::move(dialled));
    co_return Unit{};
  }
  void begin(DialTarget target, Duration timeout = 5s) {
    reactor.poll();  // takes up the time
    result.reset();
    scope.spawn(dial_into(std::move(target), Clock::now() + timeout));
  }
  template <class Done>
  bool run_until(Done done) {
    for (auto limit = Clock::now() + 10s; Clock::now() < limit;) {
      reactor.poll();
      if (done()) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }
  Dialled& dialled(const EndpointAddress& to, Duration timeout = 5s) {
    begin(DialTarget(to), timeout);
    EXPECT_TRUE(run_until([&] { return result.has_value(); }));
    return *result;
  }
  std::string said_to(net::Stream& stream, net::Socket& other, std::string_view bytes) {
    auto writing = stream.write(bytes);
    EXPECT_TRUE(writing.ready());
    run_until([&] { return stream.pending() == 0; });
    char buffer[64];
    auto n = ::recv(other.get(), buffer, sizeof buffer, 0);
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
};

int option(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

}  // namespace

TEST_F(Dialling, ConnectsOverIpv4WithNodelayAndKeepAlive) {
  Listening server;
  auto& stream = dialled(server.address);
  ASSERT_TRUE(stream) << stream.error().cause;
  auto accepted = server.accept();
  EXPECT_EQ(said_to(**stream, accepted, "hello"), "hello");
  auto fd = (*stream)->transport().descriptor();
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
}

TEST_F(Dialling, ConnectsOverIpv6) {
  Listening server("::1");
  auto& stream = dialled(server.address);
  ASSERT_TRUE(stream) << stream.error().cause;
  auto accepted = server.accept();
  EXPECT_EQ(said_to(**stream, accepted, "hello"), "hello");
}

TEST_F(Dialling, ConnectsToAUnixSocket) {
  Listening server((directory / "s").string(), 4);
  auto& stream = dialled(server.address);
  ASSERT_TRUE(stream) << stream.error().cause;
  auto accepted = server.accept();
  EXPECT_EQ(said_to(**stream, accepted, "hello"), "hello");
}

TEST_F(Dialling, IsRefusedWhereNobodyListens) {
  EndpointAddress gone;
  {
    Listening server;
    gone = server.address;
  }
  for (auto& to :
       {gone, EndpointAddress((directory / "none").string()), EndpointAddress(std::string(200, 'x'))}) {
    auto& stream = dialled(to);
    ASSERT_FALSE(stream);
    EXPECT_STREQ(stream.error().cause, "connect_refused");
    EXPECT_EQ(stream.error().kind, Error::Kind::refused);
    EXPECT_EQ(stream.error().side, Error::Side::upstream);
    EXPECT_EQ(stream.error().retry, Error::Retry::always);
  }
}

TEST_F(Dialling, TimesOutWhereTheBacklogIsFull) {
  Listening server("127.0.0.1", 0);
  std::vector<net::Socket> fillers;
  auto at = net::SocketAddress::ip(server.address.ip, server.address.port);
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::connect(fillers.back().get(), at.get(), at.size);
  }
  auto begun = Clock::now();
  auto& stream = dialled(server.address, 100ms);
  ASSERT_FALSE(stream);
  EXPECT_STREQ(stream.error().cause, "connect_timeout");
  EXPECT_EQ(stream.error().kind, Error::Kind::timeout);
  EXPECT_EQ(stream.error().retry, Error::Retry::always);
  EXPECT_GE(Clock::now() - begun, 100ms);
}

TEST_F(Dialling, WaitsForAPlaceInAUnixSocketsBacklog) {
  Listening server((directory / "s").string(), 0);
  auto at = net::SocketAddress::unix_path(server.address.unix_path);
  std::vector<net::Socket> fillers;
  for (;;) {
    fillers.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::connect(fillers.back().get(), at.get(), at.size) != 0) break;
  }
  auto& late = dialled(server.address, 50ms);
  ASSERT_FALSE(late);
  EXPECT_STREQ(late.error().cause, "connect_timeout");
  begin(DialTarget(server.address));
  EXPECT_FALSE(run_until([&, n = 0]() mutable { return result.has_value() || ++n > 20; }) && result);
  auto place = server.accept();
  EXPECT_TRUE(run_until([&] { return result.has_value(); }));
  EXPECT_TRUE(*result);
}

TEST_F(Dialling, CancelledHalfwayItClosesItsSocket) {
  Listening server("127.0.0.1", 0);
  auto descriptors = [] {
    auto all = std::filesystem::directory_iterator("/proc/self/fd");
    return std::distance(std::filesystem::begin(all), std::filesystem::end(all));
  };
  auto before = descriptors();
  for (int i = 0; i < 8; ++i) {
    begin(DialTarget(server.address));
    reactor.poll();
  }
  scope.cancel();
  result.reset();
  EXPECT_EQ(descriptors(), before);
}

// ---- TLS

namespace {

struct TlsDialling : Dialling {
  net::TestAuthority authority;
  Listening server;

  DialTarget target(const char* name, const net::TestAuthority& trusted) {
    net::TlsClientSettings settings;
    settings.ca = trusted.pem();
    net::TlsNotes notes;
    auto context = net::TlsClientContext::build(settings, wall_now(), notes);
    EXPECT_NE(context, nullptr);
    return DialTarget(server.address, std::make_shared<net::TlsEndpoint>(context, name));
  }
  // A server that greets whoever connects, on the same reactor.
  std::shared_ptr<const net::TlsServerContext> server_context() {
    net::TlsServerSettings settings;
    settings.certificates.push_back(authority.issue({.names = {"DNS:users.internal"}}).pair());
    net::TlsNotes notes;
    return net::TlsServerContext::build(settings, wall_now(), notes);
  }
  Task<Unit> greet(net::Stream& stream) {
    auto greeting = stream.handshake();
    (void)co_await greeting;  // its own end is what is looked at
    co_return Unit{};
  }
  std::unique_ptr<net::Stream> accept_tls() {
    auto socket = server.accept();
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    auto plain = std::make_unique<net::SocketTransport>(std::move(socket));
    auto stream = std::make_unique<net::Stream>(
        reactor, std::make_unique<net::TlsTransport>(std::move(plain), server_context()),
        net::FlushSide::client);
    scope.spawn(greet(*stream));
    return stream;
  }
};

}  // namespace

TEST_F(TlsDialling, ShakesHandsAndVerifiesTheName) {
  begin(target("users.internal", authority));
  reactor.poll();
  auto other = accept_tls();
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  ASSERT_TRUE(*result) << result->error().cause;
  auto& tls = static_cast<net::TlsTransport&>((**result)->transport());
  EXPECT_EQ(tls.facts().version, "TLSv1.3");
}

TEST_F(TlsDialling, RefusesAnotherName) {
  begin(target("orders.internal", authority));
  reactor.poll();
  auto other = accept_tls();
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_EQ(std::string_view(result->error().cause).substr(0, 12), "tls_failed: ");
  EXPECT_NE(std::string_view(result->error().cause).find("mismatch"), std::string_view::npos)
      << result->error().cause;
  EXPECT_EQ(result->error().retry, Error::Retry::always);
}

TEST_F(TlsDialling, RefusesAnUnknownAuthority) {
  net::TestAuthority stranger("Stranger");
  begin(target("users.internal", stranger));
  reactor.poll();
  auto other = accept_tls();
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_EQ(std::string_view(result->error().cause).substr(0, 12), "tls_failed: ");
}

TEST_F(TlsDialling, ASilentServerIsATimeout) {
  begin(target("users.internal", authority), 100ms);
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_STREQ(result->error().cause, "tls_timeout");
}

TEST_F(TlsDialling, AServerThatSpeaksNoTlsIsAFailure) {
  begin(target("users.internal", authority));
  reactor.poll();
  auto other = server.accept();
  ::send(other.get(), "HTTP/1.1 400 Bad Request\r\n\r\n", 28, MSG_NOSIGNAL);
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_EQ(std::string_view(result->error().cause).substr(0, 12), "tls_failed: ");
}

// ---- the system's DNS

TEST_F(Dialling, TheSystemResolvesLocalhost) {
  auto lookup = system_lookup(reactor);
  std::optional<Result<Addresses>> good, bad;
  auto ask = [&](std::string host, std::optional<Result<Addresses>>& into) -> Task<Unit> {
    auto looking = lookup(std::move(host));
    into.emplace(co_await looking);
    co_return Unit{};
  };
  scope.spawn(ask("localhost", good));
  scope.spawn(ask("not a name", bad));
  ASSERT_TRUE(run_until([&] { return good && bad; }));
  ASSERT_TRUE(*good);
  ASSERT_FALSE((*good)->empty());
  EXPECT_TRUE((**good)[0].is_loopback());
  ASSERT_FALSE(*bad);
  EXPECT_EQ(std::string_view(bad->error().cause).substr(0, 4), "dns_");
}
