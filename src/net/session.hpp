// Sessions: what listens to a client. A ListenerContext is one listener on one worker; accept() makes a
// connection of a descriptor, which then takes care of itself: PROXY header, TLS, then HTTP, until it ends.
//
//   ListenerContext listener("public", reactor, handler, settings);
//   accept(listener, accepted.descriptor, accepted.peer);
//   listener.settings = newer;                    // a reload: read again at each request
//   listener.drain(spread);                       // idle ones close, others say Connection: close
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/head.hpp"
#include "net/proxy_protocol.hpp"
#include "net/reactor.hpp"
#include "pipeline/handler.hpp"
#include "sluice/ip.hpp"

namespace sluice::net {

class TlsServerContext;  // net/tls/server_context.hpp

// Of a listener, from its configuration. Immutable; shared by the workers.
struct SessionSettings {
  http::HeadLimits limits;
  unsigned requests_per_connection = 0;  // 0: any number
  Duration head_timeout{};
  Duration body_timeout{};      // between two pieces of a body
  std::uint64_t body_rate = 0;  // bytes a second, at least; 0: any
  Duration idle_timeout{};
  Duration write_timeout{};
  ProxyProtocol proxy_protocol = ProxyProtocol::off;
  std::vector<Cidr> trusted_proxies;
  std::shared_ptr<const TlsServerContext> tls;  // null: plain
};

struct ListenerContext {
  ListenerContext(std::string listener_name, Reactor& r, const Handler& h,
                  std::shared_ptr<const SessionSettings> s)
      : name(std::move(listener_name)), reactor(r), handler(h), settings(std::move(s)) {}
  ListenerContext(const ListenerContext&) = delete;
  ~ListenerContext();

  // Connections that are idle close, the others after the exchange that they are in; tunnels are left alone.
  void retire();
  // The same, and WebSockets are told to go away, one after the other within `spread`. Once.
  void drain(Duration spread);
  // What is left ends now: the exchanges end with flag DC or, while draining, with the drain's.
  void cut();
  std::size_t size() const noexcept { return count; }

  const std::string name;
  Reactor& reactor;
  const Handler& handler;
  std::shared_ptr<const SessionSettings> settings;
  Link connections;
  std::size_t count = 0;
  bool draining = false;
  // Told the address that a connection was accepted from, when it has ended: whoever counts them counts down.
  std::function<void(const IpAddress&)> on_closed;
  std::function<void(const Peer&, const Error&)> on_handshake_failed;
};

struct Accepted {
  int descriptor;  // non-blocking, close-on-exec; owned by whoever it is given to
  IpAddress address;
  std::uint16_t port = 0;
  IpAddress local_address;
  std::uint16_t local_port = 0;
  bool is_unix = false;
};

// Takes the descriptor over.
void accept(ListenerContext& listener, const Accepted& accepted);

}  // namespace sluice::net
