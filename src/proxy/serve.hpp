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
#include "proxy/forwarder.hpp"
#include "proxy/snapshot.hpp"
#include "telemetry/access_record.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/request_id.hpp"

namespace sluice::proxy {

// Takes the record of one exchange that ended. Must not throw.
using Records = std::function<void(const telemetry::AccessRecord&)>;

class Gateway final : public Handler, public Onward {
 public:
  Gateway(Worker& worker, const Forwarding& forwarder, telemetry::Metrics& metrics, Records records);
  Gateway(const Gateway&) = delete;
  ~Gateway() override;

  // From the next request on. Before the first one every request is a 404.
  void publish(std::shared_ptr<const Snapshot> snapshot);
  // Snapshots that are still there: the current one and those that a running exchange pins.
  std::size_t snapshots() const noexcept { return cells_.size(); }

  Task<Unit> serve(Exchange& x, ResponseSink& sink) const override;
  Task<Unit> refuse(Exchange& x, ResponseSink& sink, std::uint16_t status, const char* reason) const override;
  void abandon(Exchange& x, const Error& why) const noexcept override;

  // Onward: what stands behind the cache, for a refresh in the background. Uses the exchange's pinned
  // snapshot and route, which whoever made the exchange has set.
  Task<Unit> run(Exchange& x) const override;

 private:
  static constexpr Duration hook_grace = std::chrono::milliseconds(50);

  void begin(Exchange& x) const;
  Task<Unit> answer(Exchange& x, ResponseSink* sink, std::size_t from) const;
  Task<Result<Unit>> produce(Exchange& x, ResponseSink* sink, std::size_t from) const;
  Task<Unit> run_hooks(Exchange& x) const;
  Task<Result<Unit>> send(Exchange& x, ResponseSink& sink) const;
  void fault(Exchange& x, const char* where) const noexcept;
  void record(const Exchange& x, const Outcome& outcome) const noexcept;
  void drop_unused_snapshots() noexcept;

  Worker& worker_;
  const Forwarding& forwarder_;
  telemetry::WorkerMetrics& metrics_;
  Records records_;
  mutable telemetry::RequestIds ids_;
  Counter faults_;
  Counter hooks_skipped_;
  std::vector<std::unique_ptr<SnapshotPin::Cell>> cells_;  // the current one is the last
};

}  // namespace sluice::proxy
