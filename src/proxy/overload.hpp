// Overload: when the process has more to do than it can, and who is shed then. Each worker knows its own
// level: its event loop may be late while others are not; the requests in flight are everybody's.
//
//   overload.enter();                                    // each request; and leave() at its end
//   if (overload.sheds(worker.index, route.importance)) refuse(503);
//   LagProbe probe(worker); probe.watch(overload, bounds);      // measures, and lets the level fall again
//
// Level 1: routes skip optional filters and give what is stored, where they allow it. Level 2: `low` is shed
// too, level 3: `normal`. `critical` never is. What counts is the larger of the two pressures: how late the
// loop is, and the requests in flight, each as a share of its bound.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "config/resilience.hpp"
#include "sluice/metrics.hpp"
#include "sluice/worker.hpp"

namespace sluice::proxy {

// Pure. Rises at once; falls when the pressure is clearly under what it rose at, and not at once.
class OverloadState {
 public:
  static constexpr std::array begins = {0.7, 0.85, 1.0};  // the levels 1, 2, 3
  static constexpr double clearly = 0.9;
  static constexpr Duration least = std::chrono::milliseconds(500);

  // True: the level is another one now.
  bool observe(double pressure, TimePoint now) noexcept;
  unsigned level() const noexcept { return level_; }

 private:
  unsigned level_ = 0;
  TimePoint since_{};  // when the pressure last was as high as the level
};

// One for the process; reloads change the bounds, not what it has counted.
class Overload {
 public:
  Overload(Meter& meter, unsigned workers);
  Overload(const Overload&) = delete;

  void enter() noexcept { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  void leave() noexcept { in_flight_.fetch_sub(1, std::memory_order_relaxed); }

  // The rest is the worker's own thread.
  void lagged(unsigned worker, Duration lag) noexcept;
  void observe(unsigned worker, const config::Overload& bounds, TimePoint now);
  unsigned level(unsigned worker) const noexcept { return locals_[worker].state.level(); }
  bool sheds(unsigned worker, config::Importance importance) const noexcept;
  void count_shed(unsigned worker, config::Importance importance) const noexcept;
  void count_skipped(unsigned worker) const noexcept { skipped_.add(worker); }
  void count_responded(unsigned worker) const noexcept { responded_.add(worker); }
  // It is not looked at any longer.
  void rest(unsigned worker);

 private:
  struct alignas(64) Local {
    double lag = 0;  // nanoseconds, smoothed over the last few probes
    OverloadState state;
    std::optional<Gauge> level;
  };
  void tell(unsigned worker, unsigned before, double pressure) const;

  std::vector<Local> locals_;
  const std::array<Counter, 2> shed_;  // low, normal
  const Counter skipped_, responded_;
  alignas(64) std::atomic<std::uint32_t> in_flight_{0};
};

// Looks how late a timer is, fifty times a second. On its worker's thread.
class LagProbe {
 public:
  explicit LagProbe(Worker& worker) noexcept : worker_(worker) { alarm_.self = this; }
  LagProbe(const LagProbe&) = delete;

  // Null: no longer.
  void watch(std::shared_ptr<Overload> overload, const OrOff<config::Overload>& bounds);

 private:
  struct Alarm : Timer {
    LagProbe* self = nullptr;
  };
  void arm() noexcept;
  void look();

  Worker& worker_;
  std::shared_ptr<Overload> overload_;
  config::Overload bounds_;
  Alarm alarm_;
};

}  // namespace sluice::proxy
