// Endpoint: one server that requests can be sent to; there is one object for it in the process, whatever
// number of snapshots and workers speak of it, so that a reload forgets neither health nor warm connections.
//
//   if (endpoint.available()) ...                  // worker threads: one relaxed load
//   endpoint.local(worker).in_flight               // that worker's own count
//   endpoint.observe_health(false, "status 503");  // worker 0: the health checker
//
// Made by the Registry alone. It holds memory only, so it may die on any thread; what holds descriptors is
// the worker's Pool.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "sluice/clock.hpp"
#include "sluice/metrics.hpp"
#include "telemetry/labels.hpp"
#include "upstream/conduct.hpp"
#include "upstream/endpoint_address.hpp"
#include "upstream/latency.hpp"

namespace sluice::net {
class TlsClientContext;  // net/tls/client_context.hpp
class TlsEndpoint;
}  // namespace sluice::net

namespace sluice {
class Mailbox;  // base/mailbox.hpp
}

namespace sluice::upstream {

class Pool;

// What an endpoint is, whatever its settings. The upstream belongs to it: health checks, limits and metrics
// are an upstream's, so two upstreams that name the same server each have their own view of it.
struct EndpointIdentity {
  std::string upstream;
  bool tls = false;
  config::Address address;   // host: an IP address, or a name that is resolved in the background
  std::string authority;     // what `Host` is where it is the endpoint's: "10.0.0.11:8080", "orders.internal"
  std::string tls_settings;  // everything that makes two TLS connections different, as text

  bool operator==(const EndpointIdentity&) const = default;
};

class Endpoint : public std::enable_shared_from_this<Endpoint> {
 public:
  Endpoint(EndpointIdentity identity, telemetry::UpstreamId upstream_id, telemetry::EndpointId id,
           unsigned workers);
  Endpoint(const Endpoint&) = delete;

  const EndpointIdentity& identity() const noexcept { return identity_; }
  // For logs and metrics: "10.0.0.11:8080", "users.internal:8080", "unix:/run/x.sock".
  const std::string& name() const noexcept { return name_; }
  const std::string& authority() const noexcept { return identity_.authority; }
  telemetry::UpstreamId upstream_id() const noexcept { return upstream_id_; }
  telemetry::EndpointId id() const noexcept { return id_; }

  // Healthy, resolved, and whatever else will have a say: may get requests.
  bool available() const noexcept { return obstacles_.load(std::memory_order_relaxed) == 0; }
  bool healthy() const noexcept { return !has(unhealthy); }
  bool resolved() const noexcept { return !has(unresolved); }
  bool draining() const noexcept { return has(draining_bit); }
  bool ejected() const noexcept { return has(ejected_bit); }
  // When that began: at its making, or when the last obstacle went. What a slow start counts from.
  TimePoint available_since() const noexcept {
    return TimePoint(Duration(available_since_.load(std::memory_order_relaxed)));
  }
  void available_from(TimePoint at) noexcept {
    available_since_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  }

  // Whether the last attempt to connect came through, so that who walks on need not try the same again; any
  // thread. Says nothing of its health: those who come to it first still try.
  static constexpr Duration avoided_for = std::chrono::seconds(1);
  void unreached(TimePoint now) noexcept {
    avoided_until_.store((now + avoided_for).time_since_epoch().count(), std::memory_order_relaxed);
  }
  void reached() noexcept {
    if (avoided_until_.load(std::memory_order_relaxed) != 0)
      avoided_until_.store(0, std::memory_order_relaxed);
  }
  bool avoided(TimePoint now) const noexcept {
    return avoided_until_.load(std::memory_order_relaxed) > now.time_since_epoch().count();
  }

  // ---- health; any thread, in practice worker 0
  struct Health {
    bool healthy = true;
    WallPoint since;     // of this state
    std::string reason;  // why, as the last check that changed it said; empty before the first
  };
  Health health() const;
  void set_health(bool healthy, std::string reason);

  // ---- conduct: how it answers requests. Outliers alone decides.
  Conduct& conduct() noexcept { return conduct_; }
  void eject() noexcept { set(ejected_bit); }
  void readmit() noexcept { clear(ejected_bit); }

  // ---- address; any thread
  std::optional<EndpointAddress> address() const;
  // What its name resolved to: the address in use stays while it is among them. An empty answer changes
  // nothing.
  void resolve(std::span<const IpAddress> addresses);
  bool needs_resolving() const noexcept { return named_; }

  // The TLS side of it, with the sessions that can be resumed; made anew when the context is another one.
  // `server_name` empty: the authority's host. Any thread.
  std::shared_ptr<net::TlsEndpoint> tls(const std::shared_ptr<const net::TlsClientContext>& context,
                                        std::string_view server_name);

  // Nobody will ask for it again; connections that come back are closed.
  void drain() noexcept { set(draining_bit); }

  // ---- connections of the whole process. False: `max` of them are open already; 0 is no limit.
  bool add_connection(std::uint32_t max) noexcept;
  void remove_connection() noexcept { connections_.fetch_sub(1, std::memory_order_relaxed); }
  std::uint32_t connections() const noexcept { return connections_.load(std::memory_order_relaxed); }
  // Asks the other workers to close a connection that none of their requests uses. Their answer is a place.
  void ask_for_room(unsigned worker);

  // What one worker knows of it. Its own thread alone changes it.
  struct alignas(64) Local {
    Cell in_flight;        // leases, and connections being made for one; any thread may read
    Cell well, badly;      // answered attempts, where outliers are looked for; any thread may read
    Latency latency;       // of its answers, where the policy goes by it
    Pool* pool = nullptr;  // the worker's own
    std::atomic<Mailbox*> mailbox{nullptr};  // there while the pool is; any thread may read
  };
  Local& local(unsigned worker) noexcept { return locals_[worker]; }
  const Local& local(unsigned worker) const noexcept { return locals_[worker]; }
  unsigned workers() const noexcept { return static_cast<unsigned>(locals_.size()); }
  std::uint64_t in_flight() const noexcept;

 private:
  enum Obstacle : std::uint8_t { unhealthy = 1, unresolved = 2, draining_bit = 4, ejected_bit = 8 };
  bool has(Obstacle o) const noexcept { return (obstacles_.load(std::memory_order_relaxed) & o) != 0; }
  void set(Obstacle o) noexcept { obstacles_.fetch_or(o, std::memory_order_relaxed); }
  void clear(Obstacle o) noexcept {
    auto before = obstacles_.fetch_and(static_cast<std::uint8_t>(~o), std::memory_order_relaxed);
    if (before == o) available_from(Clock::now());
  }

  const EndpointIdentity identity_;
  const std::string name_;
  const telemetry::UpstreamId upstream_id_;
  const telemetry::EndpointId id_;
  bool named_ = false;
  std::vector<Local> locals_;
  Conduct conduct_;
  alignas(64) std::atomic<std::uint8_t> obstacles_{0};  // read for each request, changed rarely
  std::atomic<Duration::rep> available_since_;
  std::atomic<Duration::rep> avoided_until_{0};
  alignas(64) std::atomic<std::uint32_t> connections_{0};  // changed for each new connection
  alignas(64) mutable std::mutex mutex_;                   // over the rest
  Health health_;
  std::optional<EndpointAddress> address_;
  std::shared_ptr<const net::TlsClientContext> tls_context_;
  std::shared_ptr<net::TlsEndpoint> tls_;
};

}  // namespace sluice::upstream
