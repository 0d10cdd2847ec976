// Connections to upstreams of one worker: those in use are leased, those that wait are pooled, last in first
// out, so that few stay hot.
//
//   auto leasing = connections.lease(*endpoint, upstream.connecting(), deadline);
//   auto lease = co_await leasing;                     // ready at once where a connection waits
//   if (!lease) co_return lease.error();
//   auto sending = (*lease)->send_head(head); ...
//   // the lease's end puts the connection back if it can be used again, and closes it otherwise
//
// Errors have Side::upstream and Retry::always: dial()'s, "pool_full" (unavailable), "unresolved"
// (unavailable).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "http/head.hpp"
#include "net/http1/client.hpp"
#include "net/reactor.hpp"
#include "upstream/dial.hpp"
#include "upstream/endpoint.hpp"

namespace sluice::upstream {

// An upstream's, immutable.
struct ConnectSettings {
  std::uint32_t max_idle = 64;           // on each worker
  std::uint32_t max_connections = 1024;  // to each endpoint, of the whole process; 0: any number
  Duration idle_timeout = std::chrono::seconds(30);
  Duration connect_timeout = std::chrono::seconds(1);
  http::HeadLimits limits;                           // of answers
  std::shared_ptr<const net::TlsClientContext> tls;  // null: plain
  std::string server_name;                           // empty: the authority's host
};

// One connection with its place in the endpoint's count. Waits in the pool, or belongs to a lease.
class Connection final : public net::Doomed, private net::Http1Client::Observer {
 public:
  // `counted`: the endpoint's count was raised for it; it is lowered when this dies.
  Connection(Pool& pool, std::unique_ptr<net::Stream> stream, const http::HeadLimits& limits);
  ~Connection() override;

  net::Http1Client& client() noexcept { return client_; }
  void perish() noexcept override;

 private:
  friend class Pool;
  void on_spoiled(net::Http1Client&) noexcept override;

  Pool& pool_;
  net::Http1Client client_;
  TimePoint idle_until_{};
};

// A connection in use. Its end is the end of the exchange on it.
class Lease {
 public:
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& o) noexcept {
    std::swap(connection_, o.connection_);
    std::swap(spoiled_, o.spoiled_);
    return *this;
  }
  ~Lease();

  net::Http1Client& client() const noexcept { return connection_->client(); }
  net::Http1Client* operator->() const noexcept { return &connection_->client(); }
  Endpoint& endpoint() const noexcept;
  // Closes the connection, whatever state it is in.
  void spoil() noexcept { spoiled_ = true; }

 private:
  friend class Pool;
  explicit Lease(std::unique_ptr<Connection> connection) noexcept;

  std::unique_ptr<Connection> connection_;
  bool spoiled_ = false;
};

// One endpoint's connections on one worker.
class Pool {
 public:
  Pool(net::Reactor& reactor, std::shared_ptr<Endpoint> endpoint) noexcept;
  Pool(const Pool&) = delete;
  ~Pool();

  Eventual<Result<Lease>> lease(const ConnectSettings& settings, const Dialler& dialler, TimePoint deadline);
  void close_idle() noexcept;
  std::size_t idle() const noexcept { return idle_count_; }
  bool in_use() const noexcept { return users_ != 0; }
  Endpoint& endpoint() const noexcept { return *endpoint_; }

 private:
  friend class Connection;
  friend class Lease;
  class User;

  std::unique_ptr<Connection> take_idle() noexcept;
  Task<Result<Lease>> lease_new(const ConnectSettings& settings, const Dialler& dialler, TimePoint deadline);
  void give_back(std::unique_ptr<Connection> connection, bool spoiled) noexcept;
  void drop_oldest() noexcept;
  void leave(Connection& connection) noexcept;
  void sweep() noexcept;
  void enter() noexcept;
  void exit() noexcept;

  struct Sweep : Timer {
    Pool* pool = nullptr;
  };

  net::Reactor& reactor_;
  std::shared_ptr<Endpoint> endpoint_;
  Link idle_;  // of Connections; the one used last is the first
  std::size_t idle_count_ = 0;
  std::size_t users_ = 0;  // leases, and coroutines that dial
  std::uint32_t max_idle_ = 0;
  Duration idle_timeout_{};
  Sweep sweep_;
};

// All pools of a worker. Lives as long as its reactor, and longer than every lease.
class Connections {
 public:
  explicit Connections(net::Reactor& reactor, Dialler dialler = dial);
  Connections(const Connections&) = delete;
  ~Connections();

  // `endpoint` must stay alive while this waits; the lease keeps it from then on. `settings` likewise.
  Eventual<Result<Lease>> lease(Endpoint& endpoint, const ConnectSettings& settings, TimePoint deadline);

  // The registry forgot it: what waits is closed now, what is leased when it comes back.
  void retire(Endpoint& endpoint) noexcept;
  // Drain: nothing waits any longer.
  void close_idle() noexcept;

 private:
  Pool& pool_of(Endpoint& endpoint);
  void forget_unused();

  net::Reactor& reactor_;
  Dialler dialler_;
  std::unordered_map<Endpoint*, std::unique_ptr<Pool>> pools_;
};

}  // namespace sluice::upstream
