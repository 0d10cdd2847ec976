// The series that filters and the gateway's colder parts ask a Meter for.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sluice/metrics.hpp"
#include "telemetry/duration_cells.hpp"

namespace prometheus {
struct ClientMetric;
struct MetricFamily;
}  // namespace prometheus

namespace sluice {

struct alignas(64) Histogram::Cells : telemetry::DurationCells<telemetry::RequestBounds> {};

}  // namespace sluice

namespace sluice::telemetry {

class SeriesTable {
 public:
  explicit SeriesTable(std::size_t workers) : workers_(workers) {}

  Counter counter(const MetricSeries& series);
  Gauge gauge(const MetricSeries& series);
  Histogram histogram(const MetricSeries& series);

  void collect(std::vector<prometheus::MetricFamily>& families) const;

 private:
  enum class Type : std::uint8_t { counter, gauge, histogram };
  using Labels = std::vector<std::pair<std::string, std::string>>;
  struct Series {
    std::unique_ptr<PaddedCell[]> numbers;
    std::unique_ptr<Histogram::Cells[]> durations;
  };
  struct Family {
    Type type;
    std::string help;
    std::map<Labels, Series> series;
  };

  Series& find(Type type, const MetricSeries& wanted);
  Family& family(Type type, const MetricSeries& wanted);
  void write(Type type, const Series& series, prometheus::ClientMetric& out) const;

  std::size_t workers_;
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
};

}  // namespace sluice::telemetry
