// One filter's cost for one request: made from its settings as a file has them, asked again and again.
//
//   FilterBench bench(ip_filter(), settings);
//   for (auto _ : state) {
//     FilterBench::Asking asking(bench);
//     benchmark::DoNotOptimize(asking.pass());
//   }
#pragma once
#include <benchmark/benchmark.h>

#include "base/frame_pool.hpp"
#include "base/mailbox.hpp"
#include "base/timer_wheel.hpp"
#include "sluice/filter_kind.hpp"
#include "sluice/run_queue.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::bench {

class FilterBench {
 public:
  FilterBench(const FilterKind& kind, const void* settings) {
    FilterContext context{"p", 1, metrics_, keepsakes_, background_, errors_};
    filter_ = kind.make(settings, context);
    peer_.listener = "public";
    peer_.address = IpAddress::v4(0x7f000001);
    peer_.address_text = "127.0.0.1";
  }
  FilterBench(const FilterBench&) = delete;

  Peer& peer() noexcept { return peer_; }

  // A request like a browser's; its memory is the exchange's, given back with it.
  class Asking {
   public:
    explicit Asking(FilterBench& bench)
        : bench_(bench), x((bench.arena_.reset(), bench.worker_), bench.arena_, bench.peer_) {
      x.request.scheme = "https";
      x.request.path = "/users/42";
      x.route_name = "users";
      for (int i = 0; i < 10; ++i) x.request.fields.add(FieldId::accept, "Accept", "*/*");
    }
    Verdict pass() { return bench_.filter_->on_request(x).value(); }
    void answer() {
      x.response.status = 200;
      for (int i = 0; i < 8; ++i) x.response.fields.add(FieldId::other, "X-Some-Field", "value");
      benchmark::DoNotOptimize(x.run_hooks().ready());
    }

   private:
    FilterBench& bench_;

   public:
    Exchange x;
  };

 private:
  base::FramePool frames_;
  base::FramePool::Here frames_here_{frames_};
  RunQueue queue_;
  RunQueue::Here queue_here_{queue_};
  TimerWheel timers_{Clock::now()};
  Mailbox mailbox_;
  Scope background_scope_;
  Worker worker_{0, timers_, mailbox_, background_scope_};
  telemetry::Metrics metrics_{1};
  Keepsakes keepsakes_;
  std::vector<std::shared_ptr<Background>> background_;
  std::vector<std::string> errors_;
  std::shared_ptr<const Filter> filter_;
  Arena arena_;
  Peer peer_;
};

}  // namespace sluice::bench
