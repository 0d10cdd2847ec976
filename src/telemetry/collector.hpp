// The scrape: sums the workers' cells into prometheus-cpp's families.
#pragma once
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

#include "telemetry/metrics_state.hpp"

namespace sluice::telemetry {

class Collector final : public prometheus::Collectable {
 public:
  explicit Collector(MetricsState& state) noexcept : state_(state) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  using Families = std::vector<prometheus::MetricFamily>;

  void requests(Families& families) const;
  void upstreams(Families& families) const;
  void endpoints(Families& families) const;
  void listeners(Families& families) const;
  void reloads(Families& families) const;
  void certificates(Families& families) const;
  void sources(Families& families) const;
  void filters(Families& families) const;
  void weights(Families& families) const;

  MetricsState& state_;
};

}  // namespace sluice::telemetry
