// Connection: one client's connection, from accept to close. It owns the stream and whatever runs for it;
// when it breaks, or has ended, the loop destroys it, and what still ran unwinds.
#pragma once
#include <array>

#include "net/receive_buffer.hpp"
#include "net/session.hpp"
#include "net/stream.hpp"
#include "sluice/exchange.hpp"
#include "sluice/scope.hpp"

namespace sluice::net {

class Connection final : public Recycled, public Doomed, private Stream::Owner {
 public:
  // Its place in the listener's ring.
  struct Place : sluice::Link {
    Connection& connection;
    explicit Place(Connection& c) noexcept : connection(c) {}
  };

  Connection(ListenerContext& listener, const Accepted& accepted, std::unique_ptr<Transport> transport);
  ~Connection() override;

  ListenerContext& listener;
  Stream stream;
  Peer peer;
  Place place{*this};

  // Begins with the PROXY header, where there has to be one.
  void start() { scope_.spawn(open()); }

  // No request is being read or served: it may be closed without anybody missing anything.
  bool idle = true;
  // While the connection is one, and can be ended in a way that its protocol knows.
  class Tunnel {
   public:
    virtual ~Tunnel() = default;
    virtual void leave_at(TimePoint at) noexcept = 0;
  };
  Tunnel* tunnel = nullptr;
  // Why an exchange that is cut short ends.
  Error end_reason{Error::Kind::reset, Error::Side::downstream, "client_gone"};

  // Destroys it, from the loop.
  void end() noexcept { listener.reactor.doom(*this); }

 private:
  void perish() noexcept override { delete this; }
  void on_gone(Stream&) noexcept override { end(); }

  Task<Unit> open();
  Task<Result<Unit>> read_proxy_header(ReceiveBuffer& received);
  Result<bool> take_proxy_header(ReceiveBuffer& received);  // false: more is needed
  Task<Result<Unit>> secure(ReceiveBuffer& received);
  void set_peer(const IpAddress& address, std::uint16_t port) noexcept;

  IpAddress accepted_from_;
  std::array<char, IpAddress::max_text> address_text_;
  Scope scope_;  // last: what runs dies before what it uses
};

}  // namespace sluice::net
