#include "telemetry/collector.hpp"

#include <map>

#include "telemetry/exposition.hpp"
#include "telemetry/process_stats.hpp"

namespace sluice::telemetry {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, MetricType type, const char* help) {
  return {name, help, type, {}};
}

std::string code_text(std::uint16_t code) {
  if (code == CodeCells::nothing) return "none";
  if (code == CodeCells::strange) return "other";
  return std::to_string(code);
}

const char* method_text(std::size_t method) {
  static constexpr std::array<const char*, WorkerMetrics::methods> names = {
      "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "other"};
  return names[method];
}

const char* source_text(std::size_t source) {
  return source == 0 ? "gateway" : "upstream";
}

// The ids of a table, its entry 0 included.
template <class Id, class Entry, class Visit>
void each_id(const Table<Id, Entry>& table, Visit visit) {
  auto size = table.size();
  for (std::size_t i = 0; i < size; ++i) visit(static_cast<Id>(i));
}

// What all workers together counted for one route on one listener.
struct RouteSum {
  struct Kind {
    std::size_t method;
    std::size_t source;
    std::uint16_t code;
    auto operator<=>(const Kind&) const = default;
  };
  std::map<Kind, std::uint64_t> counts;
  DurationSum<RequestBounds> duration;

  void add(const WorkerMetrics::RouteOnListener& cells) {
    duration.add(cells.duration);
    for (std::size_t method = 0; method < WorkerMetrics::methods; ++method)
      if (auto* found = cells.by_method[method].load(std::memory_order_acquire))
        for (std::size_t source = 0; source < found->codes.size(); ++source)
          found->codes[source].each([&](std::uint16_t code, std::uint64_t n) {
            counts[{method, source, code}] += n;
          });
  }
};

}  // namespace

std::vector<MetricFamily> Collector::Collect() const {
  Families families;
  requests(families);
  upstreams(families);
  endpoints(families);
  listeners(families);
  reloads(families);
  certificates(families);
  sources(families);
  filters(families);
  weights(families);
  state_.series.collect(families);
  collect_process(state_.started, families);
  return families;
}

void Collector::requests(Families& families) const {
  auto total = family("sluice_requests_total", MetricType::Counter, "Requests, by the answer they got.");
  auto duration = family("sluice_request_duration_seconds", MetricType::Histogram,
                         "From a request's first byte to the last of its answer.");
  auto gateway = family("sluice_gateway_duration_seconds", MetricType::Histogram,
                        "What the gateway itself added to a request.");
  each_id(state_.routes, [&](RouteId id) {
    const auto& route = state_.routes[id].name;
    std::map<ListenerId, RouteSum> sums;
    DurationSum<GatewayBounds> own;
    for (auto& worker : state_.cells)
      if (auto* cells = worker->find(id)) {
        own.add(cells->gateway);
        for (auto* p = cells->first.load(std::memory_order_acquire); p != nullptr; p = p->next)
          sums[p->listener].add(*p);
      }
    for (auto& [at, sum] : sums) {
      const auto& listener = state_.listeners[at].name;
      for (auto& [kind, n] : sum.counts)
        add_series(total, {{"listener", listener},
                           {"route", route},
                           {"method", method_text(kind.method)},
                           {"code", code_text(kind.code)},
                           {"source", source_text(kind.source)}})
            .counter.value = static_cast<double>(n);
      sum.duration.write(add_series(duration, {{"listener", listener}, {"route", route}}).histogram);
    }
    if (!own.empty()) own.write(add_series(gateway, {{"route", route}}).histogram);
  });
  for (auto* out : {&total, &duration, &gateway}) families.push_back(std::move(*out));
}

void Collector::upstreams(Families& families) const {
  auto duration = family("sluice_upstream_duration_seconds", MetricType::Histogram,
                         "How long attempts took that an endpoint answered.");
  each_id(state_.upstreams, [&](UpstreamId id) {
    DurationSum<RequestBounds> sum;
    for (auto& worker : state_.cells)
      if (auto* cells = worker->find(id)) sum.add(cells->duration);
    if (!sum.empty()) sum.write(add_series(duration, {{"upstream", state_.upstreams[id].name}}).histogram);
  });
  families.push_back(std::move(duration));
}

void Collector::endpoints(Families& families) const {
  auto total = family("sluice_upstream_requests_total", MetricType::Counter,
                      "Attempts at an endpoint, by the status it answered, or none.");
  auto healthy = family("sluice_endpoint_healthy", MetricType::Gauge, "1 while an endpoint may get traffic.");
  auto ejected = family("sluice_endpoint_ejected", MetricType::Gauge,
                        "1 while an endpoint is left alone because of how it answered.");
  each_id(state_.endpoints, [&](EndpointId id) {
    auto& entry = state_.endpoints[id];
    if (entry.forgotten.load(std::memory_order_relaxed)) return;
    Labels labels{{"upstream", state_.upstreams[entry.upstream].name}, {"endpoint", entry.name}};
    std::map<std::uint16_t, std::uint64_t> counts;
    for (auto& worker : state_.cells)
      if (auto* cells = worker->find(id))
        cells->codes.each([&](std::uint16_t code, std::uint64_t n) { counts[code] += n; });
    for (auto& [code, n] : counts) {
      auto& metric = add_series(total, labels);
      metric.label.push_back({"code", code_text(code)});
      metric.counter.value = static_cast<double>(n);
    }
    auto conduct = entry.conduct.load(std::memory_order_relaxed);
    if (conduct != Health::unknown) add_series(ejected, labels).gauge.value = conduct == Health::down ? 1 : 0;
    auto health = entry.health.load(std::memory_order_relaxed);
    if (health != Health::unknown)
      add_series(healthy, std::move(labels)).gauge.value = health == Health::up ? 1 : 0;
  });
  families.push_back(std::move(total));
  families.push_back(std::move(healthy));
  families.push_back(std::move(ejected));
}

void Collector::listeners(Families& families) const {
  auto connections = family("sluice_connections", MetricType::Gauge, "Open connections of clients.");
  auto accepts = family("sluice_accept_errors_total", MetricType::Counter, "Failures of accept().");
  auto handshakes = family("sluice_tls_handshake_failures_total", MetricType::Counter,
                           "TLS handshakes with clients that failed.");
  each_id(state_.listeners, [&](ListenerId id) {
    if (id == ListenerId::none) return;
    std::uint64_t open = 0;
    std::uint64_t refused = 0;
    std::uint64_t failed = 0;
    for (auto& worker : state_.cells)
      if (auto* cells = worker->find(id)) {
        open += cells->connections.value();
        refused += cells->accept_errors.value();
        failed += cells->handshake_failures.value();
      }
    Labels labels{{"listener", state_.listeners[id].name}};
    add_series(connections, labels).gauge.value = static_cast<double>(static_cast<std::int64_t>(open));
    add_series(accepts, labels).counter.value = static_cast<double>(refused);
    add_series(handshakes, labels).counter.value = static_cast<double>(failed);
  });
  for (auto* out : {&connections, &accepts, &handshakes}) families.push_back(std::move(*out));
}

void Collector::reloads(Families& families) const {
  auto total = family("sluice_config_reloads_total", MetricType::Counter,
                      "Configurations that were taken or refused.");
  add_series(total, {{"result", "success"}}).counter.value = static_cast<double>(state_.reloads.load());
  add_series(total, {{"result", "failure"}}).counter.value =
      static_cast<double>(state_.failed_reloads.load());
  families.push_back(std::move(total));
}

void Collector::certificates(Families& families) const {
  auto expiry = family("sluice_tls_certificate_expiry_seconds", MetricType::Gauge,
                       "Until a certificate is over; negative afterwards.");
  auto now = wall_now();
  std::lock_guard lock(state_.replaced_mutex);
  for (auto& one : state_.certificates)
    add_series(expiry, {{"listener", one.listener}, {"subject", one.subject}, {"serial", one.serial}})
        .gauge.value = std::chrono::duration<double>(one.not_after - now).count();
  families.push_back(std::move(expiry));
}

void Collector::filters(Families& families) const {
  auto modes = family("sluice_filter_mode", MetricType::Gauge,
                      "The mode that a filter is in: 0 enforce, 1 shadow, 2 off.");
  std::lock_guard lock(state_.replaced_mutex);
  for (auto& one : state_.filters) add_series(modes, {{"policy", one.policy}}).gauge.value = one.mode();
  families.push_back(std::move(modes));
}

void Collector::weights(Families& families) const {
  auto weights = family("sluice_split_weight", MetricType::Gauge,
                        "The share of the callers that an upstream of a route has, next to the others'.");
  std::lock_guard lock(state_.sources_mutex);
  for (auto& one : state_.weights ? state_.weights() : std::vector<SplitWeight>())
    add_series(weights, {{"route", one.route}, {"upstream", one.upstream}}).gauge.value = one.weight;
  families.push_back(std::move(weights));
}

void Collector::sources(Families& families) const {
  auto usable = family("sluice_source_usable", MetricType::Gauge,
                       "Whether there is something to work with of what the gateway fetches for itself.");
  auto age =
      family("sluice_source_age_seconds", MetricType::Gauge, "Since what is in use of it was fetched.");
  auto now = wall_now();
  std::lock_guard lock(state_.sources_mutex);
  for (auto& one : state_.sources ? state_.sources() : std::vector<SourceLevel>()) {
    Labels labels{{"kind", one.kind}, {"name", one.name}};
    add_series(usable, labels).gauge.value = one.usable ? 1 : 0;
    if (one.loaded)
      add_series(age, labels).gauge.value = std::chrono::duration<double>(now - *one.loaded).count();
  }
  families.push_back(std::move(usable));
  families.push_back(std::move(age));
}

}  // namespace sluice::telemetry
