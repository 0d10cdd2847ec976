// What the encoders of one policy hold on one worker, against what they may.
//
//   Allowance allowance(limit, gauge);
//   if (!allowance.left()) ...                       // answers go out as they are
//   Allowance::Share share(allowance, worker);
//   share.hold(encoder.memory());                    // as it grows; given back when the share dies
#pragma once
#include <cstdint>
#include <utility>

#include "sluice/metrics.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::compress {

class Allowance {
 public:
  Allowance(unsigned workers, std::size_t limit, Gauge gauge)
      : held_(workers), limit_(limit / workers), gauge_(gauge) {}

  // The last one may go over the limit, by what it grows to.
  bool left(const Worker& worker) const noexcept { return held_.at(worker) < limit_; }

  class Share {
   public:
    Share(Allowance& of, const Worker& worker) noexcept : of_(&of), worker_(&worker) {}
    Share(Share&& o) noexcept : of_(o.of_), worker_(o.worker_), held_(std::exchange(o.held_, 0)) {}
    ~Share() { hold(0); }

    void hold(std::size_t bytes) noexcept {
      if (bytes == held_) return;
      of_->held_.at(*worker_) += bytes - held_;
      of_->gauge_.add(worker_->index, static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(held_));
      held_ = bytes;
    }

   private:
    Allowance* of_;
    const Worker* worker_;
    std::size_t held_ = 0;
  };

 private:
  WorkerLocal<std::size_t> held_;
  std::size_t limit_;
  Gauge gauge_;
};

}  // namespace sluice::filters::compress
