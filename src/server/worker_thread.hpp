// One worker: a thread with its event loop, and everything that serves requests on it. Everybody else talks
// to it by letters.
//
//   WorkerThread worker(0, metrics);                       // runs
//   worker.post([=](WorkerParts& w) { w.gateway.publish(snapshot); });
//   worker.stop();                                         // whatever still runs is cancelled
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "net/reactor.hpp"
#include "net/redis/clients.hpp"
#include "proxy/forwarder.hpp"
#include "proxy/serve.hpp"
#include "server/listeners.hpp"
#include "server/sources.hpp"
#include "telemetry/access_log.hpp"
#include "telemetry/metrics.hpp"
#include "upstream/pool.hpp"
#include "upstream/upkeep.hpp"

namespace sluice::server {

// Lives and dies on the worker's thread.
struct WorkerParts {
  WorkerParts(net::Reactor& r, telemetry::Metrics& metrics);

  net::Reactor& reactor;
  telemetry::WorkerLog* access_log = nullptr;  // null: none is kept
  net::RedisOnWorker redis;
  upstream::Connections connections;
  proxy::Forwarder forwarder;
  proxy::Gateway gateway;
  Listeners listeners;
  std::optional<upstream::Upkeep> upkeep;  // worker 0
  std::optional<Sources> sources;          // worker 0

  bool busy() const noexcept { return listeners.connections() != 0 || !reactor.background().empty(); }
};

class WorkerThread {
 public:
  using Letter = std::function<void(WorkerParts&)>;

  WorkerThread(unsigned index, telemetry::Metrics& metrics);
  WorkerThread(const WorkerThread&) = delete;
  ~WorkerThread() { stop(); }

  // Any thread. After stop() letters are not read any more.
  void post(Letter letter);
  void stop();

  // Whether it had connections or background work when it last read its mail; asks again for the next time.
  bool was_busy();

 private:
  net::Reactor reactor_;
  std::optional<WorkerParts> parts_;
  std::atomic<bool> busy_{true};
  std::thread thread_;
};

}  // namespace sluice::server
