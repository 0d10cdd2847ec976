// Where a request goes, as far as it hangs on the request itself: which of a route's upstreams, and what its
// balancer is told.
//
//   auto* upstream = choose(to, x);
//   auto walk = upstream->walk(worker, asked_of(x, *upstream));
//   while (auto* endpoint = walk.next()) {
//     Stopwatch watch(worker, *endpoint, *upstream);
//     if (attempt(*endpoint)) watch.answered(x.response.status), stick(x, *upstream, walk, *endpoint);
//   }
#pragma once
#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"
#include "upstream/upstream.hpp"

namespace sluice::proxy {

// By method where the route divides reading from writing, by the caller where it is split; that is counted.
// Null: all weights are 0.
upstream::Upstream* choose(const Forward& to, Exchange& x);

// Valid as long as the exchange.
upstream::Asked asked_of(Exchange& x, const upstream::Upstream& upstream);

// Gives the client the cookie of the endpoint of the walk that answered, where it came with another one or
// none.
void stick(Exchange& x, const upstream::Upstream& upstream, const upstream::Walk& walk,
           const upstream::Endpoint& answered);

// How long one attempt takes, to the head of its answer. Its end without an answer, for whatever reason, is a
// failure that took as long.
class Stopwatch {
 public:
  Stopwatch(const Worker& worker, upstream::Endpoint& endpoint, const upstream::Upstream& upstream) noexcept
      : timers_(worker.timers),
        latency_(upstream.watches_latency() ? &endpoint.local(worker.index).latency : nullptr),
        began_(timers_.now()) {}
  Stopwatch(const Stopwatch&) = delete;
  ~Stopwatch() {
    if (latency_) stop(false);
  }

  void answered(std::uint16_t status) noexcept {
    if (latency_) stop(status < 500);
    latency_ = nullptr;
  }

 private:
  void stop(bool well) noexcept { latency_->observe(timers_.now() - began_, timers_.now(), well); }

  Timers& timers_;
  upstream::Latency* latency_;
  TimePoint began_;
};

}  // namespace sluice::proxy
