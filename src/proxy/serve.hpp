// Gateway: what becomes of a request, from its head to its access record, on one worker. serve.cpp is the one
// place that knows the order; read it first.
//
//   Gateway gateway(worker, forwarder, metrics, [&](auto& record) { log.worker(index).write(record); });
//   gateway.publish(snapshot);                   // on the worker's thread; running exchanges keep theirs
//   ListenerContext listener("public", reactor, gateway, settings);
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "pipeline/handler.hpp"
#include "proxy/admission.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/overload.hpp"
#include "proxy/snapshot.hpp"
#include "telemetry/access_record.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/request_id.hpp"

namespace sluice::proxy {

// Takes the record of one exchange that ended. Must not throw.
using Records = std::function<void(const telemetry::AccessRecord&)>;

// Hooks may be late, since the exchange's own deadline may be what they answer for: each gets this long, then
// it is skipped and counted.
inline constexpr Duration hook_grace = std::chrono::milliseconds(50);

class Gateway final : public Handler, public Onward {
 public:
  Gateway(Worker& worker, const Forwarding& forwarding, telemetry::Metrics& metrics, Records records);
  Gateway(const Gateway&) = delete;
  ~Gateway() override;

  // From the next request on. Before the first one every request is a 404.
  void publish(std::shared_ptr<const Snapshot> snapshot);
  // Drops the snapshots that nothing pins any longer, and returns how many are left, the current one
  // included. Done at every request that finds more than one; a worker without requests has to be asked.
  std::size_t drop_unused_snapshots() const;

  Task<Unit> serve(Exchange& x, ResponseSink& sink) const override;
  Task<Unit> refuse(Exchange& x, ResponseSink& sink, std::uint16_t status, const char* reason) const override;
  void abandon(Exchange& x, const Error& why) const noexcept override;

  // Onward: what stands behind the cache, for a refresh in the background. Whoever made the exchange has
  // given it the snapshot and the route of the one that it refreshes.
  Task<Unit> run(Exchange& x) const override;

 private:
  // serve.cpp: the order
  Task<Unit> answer(Exchange& x, ResponseSink* sink, std::size_t from) const;
  Task<Result<Unit>> produce(Exchange& x, ResponseSink* sink, std::size_t from, Unrouted unrouted) const;
  Task<Unit> run_hooks(Exchange& x) const;
  Task<Unit> conclude(Exchange& x, ResponseSink& sink) const;
  Task<Result<Unit>> send(Exchange& x, ResponseSink& sink) const;

  // gateway.cpp: the surroundings
  void begin(Exchange& x) const;
  void finish_head(Exchange& x) const;
  void finish(Exchange& x, const Result<Unit>& sent) const noexcept;
  void record(const Exchange& x, const Outcome& outcome, WallPoint began) const noexcept;
  void fault(Exchange& x, const char* where) const noexcept;

  Worker& worker_;
  const Forwarding& forwarding_;
  telemetry::WorkerMetrics& metrics_;
  Records records_;
  Counter faults_;
  Counter late_hooks_;
  LagProbe lag_probe_;

  // The worker's own state. Handler is const because many exchanges share one; only its thread comes here.
  mutable telemetry::RequestIds ids_;
  mutable std::vector<std::unique_ptr<SnapshotPin::Cell>> cells_;  // the current one is the last
};

}  // namespace sluice::proxy
