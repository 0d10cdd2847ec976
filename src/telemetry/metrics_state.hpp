// What Metrics holds and the Collector reads.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "telemetry/metrics.hpp"
#include "telemetry/series_table.hpp"
#include "telemetry/table.hpp"

namespace sluice::telemetry {

enum class Health : std::uint8_t { unknown, up, down };

struct EndpointEntry {
  UpstreamId upstream = UpstreamId::none;
  std::string name = "_other";
  std::atomic<Health> health{Health::unknown};
  std::atomic<Health> conduct{Health::unknown};  // down: ejected
  std::atomic<bool> forgotten{false};
};

struct NameEntry {
  std::string name = "_other";
};

struct MetricsState {
  explicit MetricsState(std::size_t workers) : series(workers) {
    for (std::size_t i = 0; i < workers; ++i) cells.push_back(std::make_unique<WorkerMetrics>());
  }

  std::vector<std::unique_ptr<WorkerMetrics>> cells;
  Table<ListenerId, NameEntry> listeners;
  Table<RouteId, NameEntry> routes;
  Table<UpstreamId, NameEntry> upstreams;
  Table<EndpointId, EndpointEntry> endpoints;
  SeriesTable series;
  std::atomic<std::uint64_t> reloads{0};
  std::atomic<std::uint64_t> failed_reloads{0};
  std::mutex replaced_mutex;  // of what a reload replaces
  std::vector<CertificateExpiry> certificates;
  std::vector<FilterMode> filters;
  std::mutex sources_mutex;
  SourceLevels sources;
  SplitWeights weights;
  WallPoint started = wall_now();
};

}  // namespace sluice::telemetry
