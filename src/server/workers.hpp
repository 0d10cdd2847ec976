// All workers of the process.
//
//   Workers workers(metrics);
//   workers.start(4);
//   workers.tell([=](WorkerParts& w) { ... });            // each, some time soon
//   workers.tell_and_wait([=](WorkerParts& w) { ... });   // each has done it
#pragma once
#include <memory>
#include <vector>

#include "server/worker_thread.hpp"

namespace sluice::server {

class Workers {
 public:
  explicit Workers(telemetry::Metrics& metrics) : metrics_(metrics) {}
  Workers(const Workers&) = delete;
  ~Workers() { stop(); }

  void start(unsigned count);
  unsigned count() const noexcept { return static_cast<unsigned>(threads_.size()); }
  void tell(const WorkerThread::Letter& letter);
  void tell_first(std::function<void(Worker&)> f);  // worker 0
  void tell_upkeep(std::function<void(upstream::Upkeep&)> f);
  void tell_and_wait(const WorkerThread::Letter& letter);
  // Worker 0 last: what runs in the background for all of them lives there.
  void stop();
  Busy busy();  // the busiest of them

 private:
  telemetry::Metrics& metrics_;
  std::vector<std::unique_ptr<WorkerThread>> threads_;
};

}  // namespace sluice::server
