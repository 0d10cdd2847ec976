#include "telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <tuple>

#include "telemetry/collector.hpp"
#include "telemetry/metrics_state.hpp"

namespace sluice::telemetry {
namespace {

// Somebody's own "_other" is counted with the rest: two series of one name would spoil the page.
constexpr std::string_view other = "_other";

template <class Id>
Id named(Table<Id, NameEntry>& table, std::string_view name) {
  if (name == other) return Id::none;
  return table.id(name, [name](NameEntry& entry) { entry.name = name; });
}

}  // namespace

Metrics::Metrics(std::size_t workers) : state_(std::make_unique<MetricsState>(workers)) {}
Metrics::~Metrics() = default;

WorkerMetrics& Metrics::worker(std::size_t index) noexcept {
  return *state_->cells[index];
}

ListenerId Metrics::listener(std::string_view name) {
  return named(state_->listeners, name);
}
RouteId Metrics::route(std::string_view name) {
  return named(state_->routes, name);
}
UpstreamId Metrics::upstream(std::string_view name) {
  return named(state_->upstreams, name);
}

EndpointId Metrics::endpoint(UpstreamId upstream, std::string_view name) {
  if (name == other) return EndpointId::none;
  auto key = std::to_string(static_cast<unsigned>(upstream)).append(" ").append(name);
  auto id = state_->endpoints.id(key, [&](EndpointEntry& entry) {
    entry.upstream = upstream;
    entry.name = name;
  });
  state_->endpoints[id].forgotten.store(false, std::memory_order_relaxed);
  return id;
}

void Metrics::healthy(EndpointId endpoint, bool healthy) noexcept {
  if (endpoint == EndpointId::none) return;
  state_->endpoints[endpoint].health.store(healthy ? Health::up : Health::down, std::memory_order_relaxed);
}

void Metrics::forget(EndpointId endpoint) noexcept {
  if (endpoint == EndpointId::none) return;
  state_->endpoints[endpoint].health.store(Health::unknown, std::memory_order_relaxed);
  state_->endpoints[endpoint].conduct.store(Health::unknown, std::memory_order_relaxed);
  state_->endpoints[endpoint].forgotten.store(true, std::memory_order_relaxed);
}

void Metrics::ejected(EndpointId endpoint, bool ejected) noexcept {
  if (endpoint == EndpointId::none) return;
  auto level = ejected ? Health::down : Health::up;
  state_->endpoints[endpoint].conduct.store(level, std::memory_order_relaxed);
}

void Metrics::reloaded(bool ok) noexcept {
  (ok ? state_->reloads : state_->failed_reloads).fetch_add(1, std::memory_order_relaxed);
}

void Metrics::certificates(std::vector<CertificateExpiry> served) {
  auto key = [](const CertificateExpiry& c) { return std::tie(c.listener, c.subject, c.serial); };
  std::ranges::sort(served, {}, key);
  auto same = std::ranges::unique(served, {}, key);
  served.erase(same.begin(), same.end());
  std::lock_guard lock(state_->replaced_mutex);
  state_->certificates = std::move(served);
}

void Metrics::filters(std::vector<FilterMode> in_force) {
  std::lock_guard lock(state_->replaced_mutex);
  state_->filters = std::move(in_force);
}

void Metrics::sources(SourceLevels levels) {
  std::lock_guard lock(state_->sources_mutex);
  state_->sources.swap(levels);
}

void Metrics::weights(SplitWeights weights) {
  std::lock_guard lock(state_->sources_mutex);
  state_->weights.swap(weights);
}

Counter Metrics::counter(const MetricSeries& series) {
  return state_->series.counter(series);
}
Gauge Metrics::gauge(const MetricSeries& series) {
  return state_->series.gauge(series);
}
Histogram Metrics::histogram(const MetricSeries& series) {
  return state_->series.histogram(series);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(Collector(*state_).Collect());
}

}  // namespace sluice::telemetry
