// Dialling: a connection to an upstream, ready for its first byte.
//
//   auto dialling = dial(reactor, target, reactor.now() + 1s);
//   Result<std::unique_ptr<net::Stream>> stream = co_await dialling;
//
// Non-blocking connect to TCP over IPv4 or IPv6 (NODELAY, keep-alive) or a unix socket, then the TLS
// handshake where the target has a context. Errors have Side::upstream and Retry::always, since no byte of a
// request has left: refused "connect_refused", timeout "connect_timeout" and "tls_timeout", reset
// "connect_failed", "tls_failed: ..." (a literal from net/tls), unavailable "no_descriptors".
#pragma once
#include <functional>
#include <memory>

#include "net/reactor.hpp"
#include "net/stream.hpp"
#include "sluice/task.hpp"
#include "upstream/endpoint.hpp"

namespace sluice::upstream {

struct DialTarget {
  EndpointAddress address;
  std::shared_ptr<net::TlsEndpoint> tls;  // null: plain

  explicit DialTarget(EndpointAddress a, std::shared_ptr<net::TlsEndpoint> t = nullptr) noexcept
      : address(std::move(a)), tls(std::move(t)) {}
};

using Dialled = Result<std::unique_ptr<net::Stream>>;

// How a pool gets its connections; tests put memory in its place.
using Dialler = std::function<Task<Dialled>(net::Reactor&, DialTarget, TimePoint deadline)>;

Task<Dialled> dial(net::Reactor& reactor, DialTarget target, TimePoint deadline);

}  // namespace sluice::upstream
