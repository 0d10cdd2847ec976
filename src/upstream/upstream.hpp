// Upstream: where a route leads. Part of a snapshot; its settings never change, but its set of endpoints may,
// when discovery finds others: each worker has a pointer to an immutable set, exchanged by message.
//
//   auto users = std::make_shared<Upstream>("users", settings, registry, tls);   // build: no I/O, no thread
//   upkeep.follow({users, ...});                                                // publish, on worker 0
//   Walk walk = users->walk(worker);                                            // each request
//   auto leasing = connections.lease(*walk.next(), users->connecting(), deadline);
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "sluice/worker.hpp"
#include "upstream/balancer.hpp"
#include "upstream/endpoint_set.hpp"
#include "upstream/health_checker.hpp"
#include "upstream/pool.hpp"
#include "upstream/registry.hpp"
#include "upstream/sticky.hpp"

namespace sluice::upstream {

// Refers to the registry while it is built and when discovery speaks. May die on any thread.
class Upstream {
 public:
  // `tls`: what tls_context() made of `settings` (upstream/tls.hpp). `first`: what its file of endpoints
  // says, where it has one; without endpoints in it, it begins with the last good ones.
  Upstream(std::string name, const config::Upstream& settings, Registry& registry,
           std::shared_ptr<const net::TlsClientContext> tls, Finding first = {});
  Upstream(const Upstream&) = delete;

  const std::string& name() const noexcept { return name_; }
  telemetry::UpstreamId id() const noexcept { return id_; }
  const ConnectSettings& connecting() const noexcept { return connecting_; }
  const std::optional<config::Discover>& discover() const noexcept { return discover_; }
  // Null exactly where endpoints are listed.
  const std::shared_ptr<Discovery>& discovery() const noexcept { return discovery_; }
  const Finding& first_look() const noexcept { return first_look_; }
  config::Balance balance() const noexcept { return rules_.policy; }
  // What of a request the choice goes by; null: nothing.
  const Variable* key() const noexcept { return key_ ? &*key_ : nullptr; }
  const Sticky* sticky() const noexcept { return sticky_ ? &*sticky_ : nullptr; }
  // Whether it matters how long each attempt takes.
  bool watches_latency() const noexcept { return rules_.policy == config::Balance::peak_ewma; }

  // The Host that is sent to `endpoint` for a request whose own was `asked`.
  std::string_view host_for(const Endpoint& endpoint, std::string_view asked) const noexcept;

  // The worker's own thread. What it gives borrows from this upstream's worker-local part, which the
  // exchange's snapshot keeps.
  Walk walk(const Worker& worker, const Asked& asked = {}) noexcept;

  // Any thread: the newest set; a worker that has not read its mail does not know it yet.
  EndpointSet::Ptr endpoints() const;
  // What its discovery has becomes the newest set. Any thread; each worker takes it by adopt(), on its own.
  void renew();
  void adopt(const Worker& worker, EndpointSet::Ptr set);

  // Any thread.
  Retries& retries() const noexcept { return *retries_; }
  // What attempts are judged by; null: they are not.
  const config::Outlier* outlier_rules() const noexcept { return outlier_ ? &*outlier_ : nullptr; }
  Outliers& outliers() const noexcept { return *outliers_; }
  // Null: it has none.
  const config::Breaker* breaker_rules() const noexcept {
    return breaker_rules_ ? &*breaker_rules_ : nullptr;
  }
  Breaker& breaker() const noexcept { return *breaker_; }

  // Judges how endpoints and breaker have done since the last time. Worker 0, every `judged_every`.
  static constexpr Duration judged_every = std::chrono::milliseconds(100);
  void judge(TimePoint now);
  // An attempt went so, on this worker, at this endpoint of it.
  void observe(const Worker& worker, Endpoint& endpoint, bool well) {
    if (outlier_ && Outliers::observe(endpoint, worker.index, well, *outlier_)) bad_row(worker, endpoint);
  }

  // How an endpoint of it is checked; null where none is.
  std::shared_ptr<const CheckSettings> checks() const;

 private:
  void bad_row(const Worker& worker, Endpoint& endpoint);

  using SetPtr = EndpointSet::Ptr;
  SetPtr arrange(std::vector<EndpointSet::Member> members) const;
  EndpointIdentity identity_of(const config::EndpointUrl& url) const;
  SetPtr set_of(const EndpointList& endpoints) const;

  const std::string name_;
  const telemetry::UpstreamId id_;
  const BalanceRules rules_;
  const EndpointSet::Order order_;
  const std::optional<Variable> key_;
  const std::optional<Sticky> sticky_;
  const config::HostPolicy host_;
  const OrOff<config::Health> health_;
  const std::optional<config::Discover> discover_;
  const bool by_dns_;
  const std::string called_;  // by what DNS found its endpoints; empty: they have names of their own
  const std::shared_ptr<Discovery> discovery_;
  const Finding first_look_;
  const std::optional<config::UpstreamTls> tls_;
  const ConnectSettings connecting_;
  const std::uint64_t seed_;
  Registry& registry_;
  const std::shared_ptr<Retries> retries_;
  const OrOff<config::Outlier> outlier_;
  const std::shared_ptr<Outliers> outliers_;
  const OrOff<config::Breaker> breaker_rules_;
  const std::shared_ptr<Breaker> breaker_;

  struct alignas(64) Cell {
    BalancerPtr balancer;
  };
  std::vector<Cell> cells_;
  mutable std::mutex mutex_;
  SetPtr newest_;
};

}  // namespace sluice::upstream
