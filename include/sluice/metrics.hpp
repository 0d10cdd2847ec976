// Metrics for filters: counted on the worker's own cell, without a lock or a read-modify-write, and summed
// when somebody scrapes.
//
//   // once, when the filter is built
//   Counter hits = meter.counter({"sluice_cache_requests_total", "Lookups, by what the cache said",
//                                 {{"policy", name}, {"result", "hit"}}});
//   // for each request, on the worker's own thread
//   hits.add(worker_index);
//
// A series is named by its labels. Label values are constants or names from the configuration, never anything
// that a client chose: a family holds at most Meter::max_series of them, and what is asked for beyond that is
// counted in one series whose label values are all "_other".
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sluice/clock.hpp"

namespace sluice {

// A number that one thread changes and any thread may read.
class Cell {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.store(value() + n, std::memory_order_relaxed); }
  // For threads that share a cell.
  void add_shared(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct alignas(64) PaddedCell : Cell {};

// Handles: cheap to copy, valid as long as the Meter. The first cell is shared by all threads that are no
// workers, the others belong to one worker each.

class Counter {
 public:
  explicit Counter(PaddedCell* cells) noexcept : cells_(cells) {}
  void add(std::size_t worker, std::uint64_t n = 1) const noexcept { cells_[1 + worker].add(n); }
  // From a thread that is no worker.
  void add_elsewhere(std::uint64_t n = 1) const noexcept { cells_[0].add_shared(n); }

 private:
  PaddedCell* cells_;
};

// A level that rises and falls: what the workers added less what they took.
class Gauge {
 public:
  explicit Gauge(PaddedCell* cells) noexcept : cells_(cells) {}
  void add(std::size_t worker, std::int64_t n = 1) const noexcept {
    cells_[1 + worker].add(static_cast<std::uint64_t>(n));
  }
  void add_elsewhere(std::int64_t n = 1) const noexcept {
    cells_[0].add_shared(static_cast<std::uint64_t>(n));
  }

 private:
  PaddedCell* cells_;
};

// Durations, in buckets from 100 us to 10 s that are the same for every histogram.
class Histogram {
 public:
  struct Cells;
  explicit Histogram(Cells* cells) noexcept : cells_(cells) {}
  void observe(std::size_t worker, Duration duration) const noexcept;

 private:
  Cells* cells_;
};

struct MetricSeries {
  std::string name;  // [a-zA-Z_:][a-zA-Z0-9_:]*; a counter's ends in _total, a histogram's in _seconds
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
};

// Hands out series. The same name and labels give the same cells, so that counts outlive a reload. Any thread
// may call it; it takes a lock, so never for a request. A malformed name, or a name that already is of
// another type or has other label names, is a bug and throws std::invalid_argument.
class Meter {
 public:
  static constexpr std::size_t max_series = 1000;

  Meter() = default;
  Meter(const Meter&) = delete;
  virtual ~Meter() = default;

  virtual Counter counter(const MetricSeries& series) = 0;
  virtual Gauge gauge(const MetricSeries& series) = 0;
  virtual Histogram histogram(const MetricSeries& series) = 0;
};

}  // namespace sluice
