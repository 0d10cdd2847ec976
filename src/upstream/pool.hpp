// Connections to upstreams of one worker: those in use are leased, those that wait are pooled, last in first
// out, so that few stay hot.
//
//   auto leasing = connections.lease(*endpoint, upstream.connecting(), deadline);
//   auto lease = co_await leasing;                     // ready at once where a connection waits
//   if (!lease) co_return lease.error();
//   auto sending = (*lease)->send_head(head); ...
//   // the lease's end puts the connection back if it can be used again, and closes it otherwise
//
// Errors have Side::upstream and Retry::always: those of dial(), and unavailable "pool_full", "unresolved".
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "http/head.hpp"
#include "net/http1/client.hpp"
#include "net/reactor.hpp"
#include "upstream/dial.hpp"
#include "upstream/endpoint.hpp"

namespace sluice::upstream {

// An upstream's, immutable.
struct ConnectSettings {
  std::uint32_t max_idle = 64;           // to each endpoint, on each worker
  std::uint32_t max_connections = 1024;  // to each endpoint, of the whole process; 0: any number
  Duration idle_timeout = std::chrono::seconds(30);
  Duration connect_timeout = std::chrono::seconds(1);  // TLS included
  http::HeadLimits limits;                             // of answers
  std::shared_ptr<const net::TlsClientContext> tls;    // for endpoints that speak TLS
  std::string server_name;                             // empty: the authority's host
};

// A place among the connections that an endpoint may have. Given back at its end.
class Permit {
 public:
  // Not granted where `max` are in use already.
  Permit(std::shared_ptr<Endpoint> endpoint, std::uint32_t max) noexcept {
    if (endpoint->add_connection(max)) endpoint_ = std::move(endpoint);
  }
  Permit(Permit&&) noexcept = default;
  Permit& operator=(Permit&&) = delete;
  ~Permit() {
    if (endpoint_) endpoint_->remove_connection();
  }
  explicit operator bool() const noexcept { return endpoint_ != nullptr; }

 private:
  std::shared_ptr<Endpoint> endpoint_;
};

// One connection. Waits in its pool, or belongs to a lease.
class Connection final : public net::Doomed, private net::Http1Client::Observer {
 public:
  Connection(Pool& pool, Permit permit, std::unique_ptr<net::Stream> stream, const http::HeadLimits& limits);

  net::Http1Client& client() noexcept { return client_; }
  Pool& pool() noexcept { return pool_; }
  void perish() noexcept override { delete this; }

 private:
  friend class Pool;
  struct Place : sluice::Link {
    Connection* connection = nullptr;
  };
  void on_spoiled(net::Http1Client&) noexcept override;

  Pool& pool_;
  Permit permit_;  // outlives the socket
  net::Http1Client client_;
  Place place_;  // among the idle ones
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
  // It is closed at the end, whatever state it is in.
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
  // Another worker needs its place.
  void close_oldest() noexcept;

  std::size_t idle() const noexcept { return idle_count_; }
  bool in_use() const noexcept { return users_ != 0; }
  Endpoint& endpoint() const noexcept { return *endpoint_; }

 private:
  friend class Connection;
  friend class Lease;

  // Whoever has a lease or waits for one: counted in the endpoint's requests in flight.
  class User {
   public:
    explicit User(Pool& pool) noexcept : pool_(pool) { pool_.enter(); }
    User(const User&) = delete;
    ~User() { pool_.leave(); }

   private:
    Pool& pool_;
  };

  Task<Result<Lease>> lease_new(const ConnectSettings& settings, const Dialler& dialler, TimePoint deadline);
  std::unique_ptr<Connection> take_idle() noexcept;
  void give_back(std::unique_ptr<Connection> connection, bool spoiled) noexcept;
  void keep(Connection& connection) noexcept;
  void unlink(Connection& connection) noexcept;
  void discard(Connection& connection) noexcept;
  Connection& oldest() noexcept { return *static_cast<Connection::Place*>(idle_.prev())->connection; }
  void sweep_at(TimePoint at) noexcept;
  void sweep() noexcept;
  void enter() noexcept;
  void leave() noexcept;

  struct Sweep : Timer {
    Pool* pool = nullptr;
  };

  net::Reactor& reactor_;
  std::shared_ptr<Endpoint> endpoint_;
  Link idle_;  // of Connection::Place; the one used last is the first
  std::size_t idle_count_ = 0;
  std::size_t users_ = 0;
  std::uint32_t max_idle_ = 0;  // as the newest lease's settings say
  Duration idle_timeout_{};
  Sweep sweep_;
};

// All pools of a worker. Dies before its reactor, and after every lease.
class Connections {
 public:
  explicit Connections(net::Reactor& reactor, Dialler dialler = dial);
  Connections(const Connections&) = delete;
  ~Connections();

  // `endpoint` and `settings` must stay alive while this waits; the lease keeps the endpoint from then on.
  Eventual<Result<Lease>> lease(Endpoint& endpoint, const ConnectSettings& settings, TimePoint deadline);

  // The registry forgot it: what waits is closed now, what is leased when it comes back.
  void retire(Endpoint& endpoint) noexcept;
  // Drain: nothing waits any longer.
  void close_idle() noexcept;

 private:
  Pool& pool_of(Endpoint& endpoint);
  void forget_unused() noexcept;

  net::Reactor& reactor_;
  Dialler dialler_;
  std::unordered_map<Endpoint*, std::unique_ptr<Pool>> pools_;
};

}  // namespace sluice::upstream
