#include "proxy/overload.hpp"

#include <algorithm>

#include "telemetry/log.hpp"

namespace sluice::proxy {
namespace {

constexpr Duration every = std::chrono::milliseconds(20);

// What a timer is late anyhow.
constexpr Duration tick = std::chrono::milliseconds(4);

// One pause of the machine is no overload; several in a row are.
constexpr double weight_of_newest = 0.25;

unsigned level_of(double pressure) noexcept {
  unsigned level = 0;
  for (double begin : OverloadState::begins) level += pressure >= begin;
  return level;
}

Counter shed_counter(Meter& meter, const char* importance) {
  return meter.counter({"sluice_shed_total",
                        "Requests that were refused because of overload, by their route's importance.",
                        {{"importance", importance}}});
}

Counter degraded_counter(Meter& meter, const char* step) {
  return meter.counter({"sluice_degraded_total",
                        "Requests that were served with less because of overload, by what was done.",
                        {{"step", step}}});
}

}  // namespace

// ---- OverloadState

bool OverloadState::observe(double pressure, TimePoint now) noexcept {
  auto before = level_;
  if (auto risen = level_of(pressure); risen >= level_) {
    level_ = risen;
    since_ = now;
  } else if (level_of(pressure / clearly) >= level_) {
    since_ = now;
  } else if (now - since_ >= least) {
    --level_;
    since_ = now;
  }
  return level_ != before;
}

// ---- Overload

Overload::Overload(Meter& meter, unsigned workers)
    : locals_(workers),
      shed_{shed_counter(meter, "low"), shed_counter(meter, "normal")},
      skipped_(degraded_counter(meter, "skip_optional")),
      responded_(degraded_counter(meter, "respond")) {
  for (unsigned worker = 0; worker < workers; ++worker)
    locals_[worker].level = meter.gauge({"sluice_overload_level",
                                         "Of a worker: 0 none, 1 optional filters are skipped, 2 low "
                                         "importance is shed, 3 normal importance too.",
                                         {{"worker", std::to_string(worker)}}});
}

void Overload::lagged(unsigned worker, Duration lag) noexcept {
  auto& smoothed = locals_[worker].lag;
  auto late = static_cast<double>(std::max(Duration{}, lag - tick).count());
  smoothed += (late - smoothed) * weight_of_newest;
}

void Overload::observe(unsigned worker, const config::Overload& bounds, TimePoint now) {
  auto& local = locals_[worker];
  double pressure = 0;
  if (bounds.loop_lag) pressure = local.lag / static_cast<double>(bounds.loop_lag->count());
  if (bounds.in_flight) {
    double in_flight = in_flight_.load(std::memory_order_relaxed);
    pressure = std::max(pressure, in_flight / *bounds.in_flight);
  }
  auto before = local.state.level();
  if (local.state.observe(pressure, now)) tell(worker, before, pressure);
}

bool Overload::sheds(unsigned worker, config::Importance importance) const noexcept {
  auto level = locals_[worker].state.level();
  if (level < 2 || importance == config::Importance::critical) return false;
  return level == 3 || importance == config::Importance::low;
}

void Overload::count_shed(unsigned worker, config::Importance importance) const noexcept {
  shed_[importance == config::Importance::low ? 0 : 1].add(worker);
}

void Overload::rest(unsigned worker) {
  auto before = level(worker);
  locals_[worker].state = {};
  locals_[worker].lag = 0;
  if (before != 0) tell(worker, before, 0);
}

void Overload::tell(unsigned worker, unsigned before, double pressure) const {
  auto now = level(worker);
  locals_[worker].level->add(worker, static_cast<std::int64_t>(now) - static_cast<std::int64_t>(before));
  telemetry::log::warn("overload.level",
                       {{"worker", worker}, {"level", now}, {"before", before}, {"pressure", pressure}});
}

// ---- LagProbe

void LagProbe::watch(std::shared_ptr<Overload> overload, const OrOff<config::Overload>& bounds) {
  if (overload_ && !(overload && bounds)) overload_->rest(worker_.index);
  overload_ = bounds ? std::move(overload) : nullptr;
  alarm_.disarm();
  if (!overload_) return;
  bounds_ = *bounds;
  arm();
}

void LagProbe::arm() noexcept {
  worker_.timers.arm(alarm_, worker_.timers.exact() + every,
                     [](Timer& t) { static_cast<Alarm&>(t).self->look(); });
}

void LagProbe::look() {
  overload_->lagged(worker_.index, worker_.timers.exact() - alarm_.at());
  overload_->observe(worker_.index, bounds_, worker_.timers.now());
  arm();
}

}  // namespace sluice::proxy
