#include "upstream/registry.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>

namespace sluice::upstream {
namespace {

struct IdentityHash {
  std::size_t operator()(const EndpointIdentity& i) const noexcept {
    std::size_t seed = i.tls ? 1 : 0;
    auto mix = [&](const std::string& s) { seed = seed * 31 + std::hash<std::string>()(s); };
    mix(i.upstream);
    mix(i.address.host);
    mix(i.address.unix_path);
    mix(i.authority);
    mix(i.tls_settings);
    return seed * 31 + i.address.port;
  }
};

}  // namespace

// An endpoint has two kinds of owners: sets, through `user`, and what works for it (pools, letters on their
// way), through the object itself. When the last set lets go, `user` ends and the endpoint is retired; its
// memory goes when the last pool has.
struct Registry::State {
  State(telemetry::Metrics& m, unsigned w, Retire r) : metrics(m), workers(w), retire(std::move(r)) {}

  struct Entry {
    Endpoint* endpoint;
    std::weak_ptr<Endpoint> user;
  };

  // The one of this identity, unless the last set is just letting go of it.
  std::shared_ptr<Endpoint> find(const EndpointIdentity& identity) {
    auto found = entries.find(identity);
    return found == entries.end() ? nullptr : found->second.user.lock();
  }

  std::shared_ptr<Endpoint> make(const EndpointIdentity& identity, const std::shared_ptr<State>& self) {
    auto upstream = metrics.upstream(identity.upstream);
    auto name = identity.address.to_string();
    auto made = std::make_shared<Endpoint>(identity, upstream, metrics.endpoint(upstream, name), workers);
    auto* raw = made.get();
    std::shared_ptr<Endpoint> user(raw, [self, made = std::move(made)](Endpoint*) { self->unused(made); });
    entries[identity] = {raw, user};
    return user;
  }

  void unused(const std::shared_ptr<Endpoint>& endpoint) {
    {
      std::lock_guard lock(mutex);
      if (closed) return;
      auto found = entries.find(endpoint->identity());
      if (found != entries.end() && found->second.endpoint == endpoint.get()) {
        entries.erase(found);
        if (!named(endpoint->id())) metrics.forget(endpoint->id());
      }
    }
    endpoint->drain();
    retire(endpoint);
  }

  // Metrics know an endpoint by its name: one with other TLS settings has the same.
  bool named(telemetry::EndpointId id) const {
    return std::ranges::any_of(entries, [&](auto& e) { return e.second.endpoint->id() == id; });
  }

  telemetry::Metrics& metrics;
  const unsigned workers;
  const Retire retire;
  mutable std::mutex mutex;
  bool closed = false;
  std::unordered_map<EndpointIdentity, Entry, IdentityHash> entries;
  std::unordered_map<std::string, std::weak_ptr<Retries>> retries;
  std::unordered_map<std::string, std::weak_ptr<Outliers>> outliers;
  std::unordered_map<std::string, std::weak_ptr<Breaker>> breakers;
  std::map<std::tuple<std::string, std::string, std::string>, std::weak_ptr<Discovery>> discoveries;
};

Registry::Registry(telemetry::Metrics& metrics, unsigned workers, Retire retire)
    : state_(std::make_shared<State>(metrics, workers, std::move(retire))) {}

Registry::~Registry() {
  std::lock_guard lock(state_->mutex);
  state_->closed = true;
  state_->entries.clear();
}

unsigned Registry::workers() const noexcept {
  return state_->workers;
}

telemetry::Metrics& Registry::metrics() const noexcept {
  return state_->metrics;
}

std::shared_ptr<Endpoint> Registry::endpoint(const EndpointIdentity& identity) {
  std::lock_guard lock(state_->mutex);
  if (auto known = state_->find(identity)) return known;
  return state_->make(identity, state_);
}

std::size_t Registry::size() const {
  std::lock_guard lock(state_->mutex);
  return state_->entries.size();
}

std::shared_ptr<Retries> Registry::retries(const std::string& upstream) {
  std::lock_guard lock(state_->mutex);
  auto& known = state_->retries[upstream];
  auto retries = known.lock();
  if (!retries) known = retries = std::make_shared<Retries>(upstream, state_->metrics, state_->workers);
  return retries;
}

std::shared_ptr<Outliers> Registry::outliers(const std::string& upstream) {
  std::lock_guard lock(state_->mutex);
  auto& known = state_->outliers[upstream];
  auto outliers = known.lock();
  if (!outliers) known = outliers = std::make_shared<Outliers>(upstream, state_->metrics);
  return outliers;
}

std::shared_ptr<Breaker> Registry::breaker(const std::string& upstream) {
  std::lock_guard lock(state_->mutex);
  auto& known = state_->breakers[upstream];
  auto breaker = known.lock();
  if (!breaker) known = breaker = std::make_shared<Breaker>(upstream, state_->metrics, state_->workers);
  return breaker;
}

std::shared_ptr<Discovery> Registry::discovery(const std::string& upstream, const Source& source) {
  std::lock_guard lock(state_->mutex);
  auto& known = state_->discoveries[{upstream, source.kind, source.name}];
  auto discovery = known.lock();
  if (!discovery) known = discovery = std::make_shared<Discovery>(upstream, source, state_->metrics);
  return discovery;
}

}  // namespace sluice::upstream
