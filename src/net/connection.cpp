#include "net/connection.hpp"

#include "net/http1/session.hpp"
#include "net/socket.hpp"
#include "net/tls/server_context.hpp"
#include "net/tls/transport.hpp"

namespace sluice::net {

Connection::Connection(ListenerContext& l, const Accepted& accepted, std::unique_ptr<Transport> transport)
    : listener(l),
      stream(l.reactor, std::move(transport), FlushSide::client),
      accepted_from_(accepted.address) {
  stream.set_owner(this);
  stream.set_write_timeout(listener.settings->write_timeout);
  peer.listener = listener.name;
  peer.local_address = accepted.local_address;
  peer.local_port = accepted.local_port;
  peer.is_unix = accepted.is_unix;
  set_peer(accepted.address, accepted.port);
  listener.connections.push_back(place);
  ++listener.count;
}

Connection::~Connection() {
  scope_.cancel();
  --listener.count;
  if (listener.on_closed) listener.on_closed(accepted_from_);
}

void Connection::set_peer(const IpAddress& address, std::uint16_t port) noexcept {
  peer.address = address;
  peer.port = port;
  peer.address_text = peer.is_unix ? "unix" : address.format(address_text_);
}

// The conversation is a child of its own, so that nothing of the opening is kept while the connection is
// idle.
Task<Unit> Connection::open() {
  auto settings = listener.settings;
  ReceiveBuffer received;
  stream.set_read_deadline(stream.reactor().now() + settings->head_timeout);
  if (settings->proxy_protocol != ProxyProtocol::off) {
    auto reading = read_proxy_header(received);
    if (auto read = co_await reading; !read) {
      end();
      co_return Unit{};
    }
  }
  if (settings->tls) {
    auto securing = secure(received);
    if (auto secured = co_await securing; !secured) {
      if (listener.on_handshake_failed) listener.on_handshake_failed(peer, secured.error());
      end();
      co_return Unit{};
    }
  }
  stream.set_read_deadline(TimePoint::max());
  scope_.spawn(http1::converse(*this, std::move(received)));
  co_return Unit{};
}

Task<Result<Unit>> Connection::read_proxy_header(ReceiveBuffer& received) {
  if (!peer.is_unix && !contains(listener.settings->trusted_proxies, peer.address))
    co_return Error(Error::Kind::malformed, Error::Side::downstream, "proxy_peer_untrusted");
  for (;;) {
    auto reading = stream.read(received.room(stream.reactor().buffers()));
    auto n = co_await reading;
    if (!n) co_return n.error();
    if (*n == 0) co_return Error(Error::Kind::closed, Error::Side::downstream, "proxy_header_incomplete");
    received.received(*n);
    auto taken = take_proxy_header(received);
    if (!taken) co_return taken.error();
    if (*taken) co_return Unit{};
  }
}

Result<bool> Connection::take_proxy_header(ReceiveBuffer& received) {
  auto header = parse_proxy_header(received.bytes(), listener.settings->proxy_protocol);
  if (header.state == ProxyHeader::State::need_more && received.size() < max_proxy_header) return false;
  if (header.state != ProxyHeader::State::done)
    return Error(Error::Kind::malformed, Error::Side::downstream, "proxy_header_malformed");
  received.consume(header.size);
  if (!header.addresses) return true;
  peer.is_unix = false;
  peer.local_address = header.addresses->destination;
  peer.local_port = header.addresses->destination_port;
  set_peer(header.addresses->source, header.addresses->source_port);
  return true;
}

Task<Result<Unit>> Connection::secure(ReceiveBuffer& received) {
  auto tls = std::make_unique<TlsTransport>(stream.exchange_transport(nullptr), listener.settings->tls,
                                            received.bytes());
  auto& facts = tls->facts();
  received.release();
  stream.exchange_transport(std::move(tls));
  auto greeting = stream.handshake();
  if (auto done = co_await greeting; !done) co_return done.error();
  peer.tls_version = facts.version;
  peer.server_name = facts.server_name;
  peer.client_certificate = facts.client.get();
  co_return Unit{};
}

}  // namespace sluice::net
