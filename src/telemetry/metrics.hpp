// What the gateway counts about itself. Names become ids when a snapshot is built; a worker counts by id on
// cells of its own; a scrape sums the workers.
//
//   Metrics metrics(workers);                          // once for the process; outlives every snapshot
//   RouteId route = metrics.route("get-user");         // build: the same name gives the same id, also after
//   a reload metrics.worker(index).request(...);                // worker thread, for each request
//   std::string page = metrics.text();                 // /metrics; never on a worker's thread
//
// text() reads only what workers publish with plain stores and takes no lock that a worker takes, but it runs
// for tens of milliseconds where there are a thousand routes: give it a thread of its own.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/metrics.hpp"
#include "telemetry/labels.hpp"
#include "telemetry/worker_metrics.hpp"

namespace sluice::telemetry {

// A certificate that a listener serves, for sluice_tls_certificate_expiry_seconds (seconds left, negative
// when it is over).
struct CertificateExpiry {
  std::string listener;
  std::string subject;
  std::string serial;
  WallPoint not_after;
};

// A filter and how its mode is read, for sluice_filter_mode: 0 enforce, 1 shadow, 2 off.
struct FilterMode {
  std::string policy;
  std::function<unsigned()> mode;  // any thread
};

// Something that the gateway fetches or watches for itself, for sluice_source_usable and
// sluice_source_age_seconds.
struct SourceLevel {
  std::string kind, name;
  bool usable = false;
  std::optional<WallPoint> loaded;  // when what is in use came
};
using SourceLevels = std::function<std::vector<SourceLevel>()>;

// The share that one upstream of a route has next to the others, for sluice_split_weight.
struct SplitWeight {
  std::string route, upstream;
  std::uint32_t weight = 0;
};
using SplitWeights = std::function<std::vector<SplitWeight>()>;

struct MetricsState;

class Metrics final : public Meter {
 public:
  explicit Metrics(std::size_t workers);
  ~Metrics() override;

  // Only the worker's own thread calls what it gives.
  WorkerMetrics& worker(std::size_t index) noexcept;

  // The ids of names; any thread, with a lock. A full table (65,535 names) gives `none`.
  ListenerId listener(std::string_view name);
  RouteId route(std::string_view name);
  UpstreamId upstream(std::string_view name);
  EndpointId endpoint(UpstreamId upstream, std::string_view name);

  // Any thread, without a lock. An endpoint has no sluice_endpoint_healthy before the first call, nor after
  // forget(), which also hides its counters until the endpoint() of that name is asked for again.
  void healthy(EndpointId endpoint, bool healthy) noexcept;
  void forget(EndpointId endpoint) noexcept;
  // An endpoint has no sluice_endpoint_ejected before the first call.
  void ejected(EndpointId endpoint, bool ejected) noexcept;

  // Any thread. Certificates and filters replace the ones that were given before.
  void reloaded(bool ok) noexcept;
  void certificates(std::vector<CertificateExpiry> served);
  void filters(std::vector<FilterMode> in_force);
  // How sources are read from now on, at each scrape; a null one: there are none.
  void sources(SourceLevels levels);
  // How weights are read from now on, likewise.
  void weights(SplitWeights weights);

  Counter counter(const MetricSeries& series) override;
  Gauge gauge(const MetricSeries& series) override;
  Histogram histogram(const MetricSeries& series) override;

  // The page in Prometheus' text format 0.0.4.
  std::string text() const;
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

 private:
  std::unique_ptr<MetricsState> state_;
};

}  // namespace sluice::telemetry
