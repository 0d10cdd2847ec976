#include "telemetry/series_table.hpp"

#include <prometheus/check_names.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <stdexcept>

#include "telemetry/exposition.hpp"

namespace sluice {

void Histogram::observe(std::size_t worker, Duration duration) const noexcept {
  cells_[worker].observe(duration);
}

}  // namespace sluice

namespace sluice::telemetry {
namespace {

template <class Labels>
bool same_names(const Labels& a, const Labels& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](auto& x, auto& y) { return x.first == y.first; });
}

}  // namespace

Counter SeriesTable::counter(const MetricSeries& series) {
  return Counter(find(Type::counter, series).numbers.get());
}
Gauge SeriesTable::gauge(const MetricSeries& series) {
  return Gauge(find(Type::gauge, series).numbers.get());
}
Histogram SeriesTable::histogram(const MetricSeries& series) {
  return Histogram(find(Type::histogram, series).durations.get());
}

SeriesTable::Series& SeriesTable::find(Type type, const MetricSeries& wanted) {
  std::lock_guard lock(mutex_);
  auto& all = family(type, wanted).series;
  auto labels = wanted.labels;
  if (all.size() >= Meter::max_series && !all.contains(labels))
    for (auto& label : labels) label.second = "_other";
  auto [at, fresh] = all.try_emplace(std::move(labels));
  if (fresh && type == Type::histogram)
    at->second.durations = std::make_unique<Histogram::Cells[]>(workers_);
  else if (fresh)
    at->second.numbers = std::make_unique<PaddedCell[]>(1 + workers_);
  return at->second;
}

SeriesTable::Family& SeriesTable::family(Type type, const MetricSeries& wanted) {
  auto known = families_.find(wanted.name);
  if (known == families_.end()) {
    bool valid = prometheus::CheckMetricName(wanted.name);
    for (auto& label : wanted.labels) valid = valid && prometheus::CheckLabelName(label.first);
    if (!valid) throw std::invalid_argument("malformed metric or label name: " + wanted.name);
    return families_.emplace(wanted.name, Family{type, wanted.help, {}}).first->second;
  }
  auto& family = known->second;
  if (family.type != type || !same_names(family.series.begin()->first, wanted.labels))
    throw std::invalid_argument("metric of another type or with other labels: " + wanted.name);
  return family;
}

void SeriesTable::collect(std::vector<prometheus::MetricFamily>& families) const {
  std::lock_guard lock(mutex_);
  for (auto& [name, family] : families_) {
    static constexpr prometheus::MetricType types[] = {
        prometheus::MetricType::Counter, prometheus::MetricType::Gauge, prometheus::MetricType::Histogram};
    prometheus::MetricFamily out{name, family.help, types[static_cast<std::size_t>(family.type)], {}};
    for (auto& [labels, series] : family.series) {
      auto& metric = add_series(out, {});
      for (auto& label : labels) metric.label.push_back({label.first, label.second});
      write(family.type, series, metric);
    }
    families.push_back(std::move(out));
  }
}

void SeriesTable::write(Type type, const Series& series, prometheus::ClientMetric& out) const {
  if (type == Type::histogram) {
    DurationSum<RequestBounds> sum;
    for (std::size_t i = 0; i < workers_; ++i) sum.add(series.durations[i]);
    return sum.write(out.histogram);
  }
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i <= workers_; ++i) sum += series.numbers[i].value();
  if (type == Type::counter)
    out.counter.value = static_cast<double>(sum);
  else
    out.gauge.value = static_cast<double>(static_cast<std::int64_t>(sum));
}

}  // namespace sluice::telemetry
