#include "net/session.hpp"

#include "net/connection.hpp"
#include "net/socket.hpp"

namespace sluice::net {
namespace {

template <class F>
void for_each(Link& ring, F f) {
  for (auto* at = ring.next(); at != &ring;) {
    auto& c = static_cast<Connection::Place*>(at)->connection;
    at = at->next();
    f(c);
  }
}

}  // namespace

ListenerContext::~ListenerContext() {
  for_each(connections, [](Connection& c) { delete &c; });
}

void ListenerContext::retire() {
  draining = true;
  for_each(connections, [](Connection& c) {
    if (c.idle) c.end();
  });
}

void ListenerContext::drain(Duration spread) {
  retire();
  int tunnels = 0;
  for_each(connections, [&](Connection& c) { tunnels += c.tunnel != nullptr; });
  int nth = 0;
  for_each(connections, [&](Connection& c) {
    if (c.tunnel) c.tunnel->leave_at(reactor.now() + spread * nth++ / tunnels);
  });
}

void ListenerContext::cut() {
  for_each(connections, [](Connection& c) {
    c.end_reason = Error(Error::Kind::closed, Error::Side::internal, "drain_timeout");
    c.end();
  });
}

void accept(ListenerContext& listener, const Accepted& accepted) {
  auto transport = std::make_unique<SocketTransport>(Socket(accepted.descriptor));
  (new Connection(listener, accepted, std::move(transport)))->start();
}

}  // namespace sluice::net
