#include "upstream/dial.hpp"

#include <cerrno>
#include <mutex>
#include <set>

#include "net/socket.hpp"
#include "net/tls/transport.hpp"
#include "upstream/connecting.hpp"
#include "upstream/sleep.hpp"

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;
using Kind = Error::Kind;

Error failed(Kind kind, const char* cause) noexcept {
  return Error(kind, Error::Side::upstream, cause, Error::Retry::always);
}

Error connect_error(int fault) noexcept {
  switch (fault) {
    case ECONNREFUSED:
    case ENOENT:  // no such unix socket
      return failed(Kind::refused, "connect_refused");
    case EHOSTUNREACH:
    case ENETUNREACH:
      return failed(Kind::refused, "connect_unreachable");
    case EACCES:
    case EPERM:
      return failed(Kind::refused, "connect_denied");
    case ETIMEDOUT:
      return failed(Kind::timeout, "connect_timeout");
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return failed(Kind::unavailable, "no_descriptors");
    case EADDRNOTAVAIL:
      return failed(Kind::unavailable, "no_local_port");
    default:
      return failed(Kind::reset, "connect_failed");
  }
}

// A cause has to live for ever; OpenSSL has so many reasons and no more.
const char* tls_cause(std::string_view reason) {
  static std::mutex mutex;
  static std::set<std::string> causes;
  auto cause = "tls_failed: " + std::string(reason.empty() ? "connection closed" : reason);
  std::lock_guard lock(mutex);
  return causes.insert(std::move(cause)).first->c_str();
}

net::SocketAddress socket_address(const EndpointAddress& a) noexcept {
  return a.is_unix() ? net::SocketAddress::unix_path(a.unix_path) : net::SocketAddress::ip(a.ip, a.port);
}

// A descriptor whose connect() has begun, or why not.
Result<net::Socket> begin_connect(const net::SocketAddress& to) noexcept {
  if (to.size == 0) return failed(Kind::refused, "connect_refused");
  net::Socket socket(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return connect_error(errno);
  if (to.family() != AF_UNIX) net::prepare_tcp(socket.get());
  if (::connect(socket.get(), to.get(), to.size) == 0 || errno == EINPROGRESS) return socket;
  if (errno == EAGAIN) return failed(Kind::timeout, "connect_timeout");
  return connect_error(errno);
}

// A unix socket whose backlog is full says so at once and has no event to wait for.
Task<Result<net::Socket>> begin(net::Reactor& reactor, net::SocketAddress to, TimePoint deadline) {
  constexpr auto pause = 10ms;
  for (;;) {
    auto begun = begin_connect(to);
    bool busy = !begun && begun.error().kind == Kind::timeout;
    if (!busy || reactor.now() + pause >= deadline) co_return begun;
    Sleep sleep(reactor.timers(), reactor.now() + pause);
    co_await sleep;
  }
}

Task<Result<Unit>> connect(net::Stream& stream) {
  auto connecting = stream.handshake();
  auto connected = co_await connecting;
  if (!connected) {
    if (connected.error().kind == Kind::timeout) co_return failed(Kind::timeout, "connect_timeout");
    co_return connect_error(static_cast<ConnectingTransport&>(stream.transport()).fault());
  }
  auto before = stream.exchange_transport(nullptr);
  auto socket = static_cast<ConnectingTransport&>(*before).release();
  stream.exchange_transport(std::make_unique<net::SocketTransport>(std::move(socket)));
  co_return Unit{};
}

Task<Result<Unit>> greet(net::Stream& stream, std::shared_ptr<net::TlsEndpoint> endpoint) {
  auto plain = stream.exchange_transport(nullptr);
  stream.exchange_transport(std::make_unique<net::TlsTransport>(std::move(plain), std::move(endpoint)));
  auto greeting = stream.handshake();
  auto greeted = co_await greeting;
  if (greeted) co_return Unit{};
  if (greeted.error().kind == Kind::timeout) co_return failed(Kind::timeout, "tls_timeout");
  co_return failed(Kind::malformed, tls_cause(static_cast<net::TlsTransport&>(stream.transport()).fault()));
}

}  // namespace

Task<Dialled> dial(net::Reactor& reactor, DialTarget target, TimePoint deadline) {
  auto beginning = begin(reactor, socket_address(target.address), deadline);
  auto socket = co_await beginning;
  if (!socket) co_return socket.error();
  auto stream = std::make_unique<net::Stream>(
      reactor, std::make_unique<ConnectingTransport>(std::move(*socket)), net::FlushSide::upstream);
  stream->set_read_deadline(deadline);
  auto connecting = connect(*stream);
  if (auto connected = co_await connecting; !connected) co_return connected.error();
  if (target.tls) {
    auto greeting = greet(*stream, target.tls);
    if (auto greeted = co_await greeting; !greeted) co_return greeted.error();
  }
  stream->set_read_deadline(TimePoint::max());
  co_return std::move(stream);
}

}  // namespace sluice::upstream
