// From cells to prometheus-cpp's families.
#pragma once
#include <prometheus/metric_family.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "telemetry/duration_cells.hpp"

namespace sluice::telemetry {

inline constexpr double seconds_of(std::uint64_t nanoseconds) noexcept {
  return static_cast<double>(nanoseconds) * 1e-9;
}

using Labels = std::vector<prometheus::ClientMetric::Label>;

inline prometheus::ClientMetric& add_series(prometheus::MetricFamily& family, Labels labels) {
  auto& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  return metric;
}

// The sum of several workers' cells. The count is that of the buckets as they were read, so that a histogram
// agrees with itself though it is read while it grows.
template <class B>
class DurationSum {
 public:
  void add(const DurationCells<B>& cells) noexcept {
    for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += cells.buckets[i].value();
    sum_ += cells.sum.value();
  }

  bool empty() const noexcept {
    return std::all_of(buckets_.begin(), buckets_.end(), [](auto n) { return n == 0; });
  }

  void write(prometheus::ClientMetric::Histogram& out) const {
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      cumulative += buckets_[i];
      auto bound = i < B::size ? seconds_of(B::values[i]) : std::numeric_limits<double>::infinity();
      out.bucket.push_back({cumulative, bound});
    }
    out.sample_count = cumulative;
    out.sample_sum = seconds_of(sum_);
  }

 private:
  std::array<std::uint64_t, B::size + 1> buckets_{};
  std::uint64_t sum_ = 0;
};

}  // namespace sluice::telemetry
