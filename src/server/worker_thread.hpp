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

// What keeps a process from ending; the more, the longer it may.
enum class Busy : std::uint8_t {
  no,
  background,  // what outlives its client: fills, revalidations, mirrors
  clients
};

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

  Busy busy() const noexcept {
    if (listeners.connections() != 0) return Busy::clients;
    return reactor.background().empty() ? Busy::no : Busy::background;
  }
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

  // As it was when it last read its mail; asks again for the next time.
  Busy was_busy();

 private:
  net::Reactor reactor_;
  std::optional<WorkerParts> parts_;
  std::atomic<Busy> busy_{Busy::clients};
  std::thread thread_;
};

}  // namespace sluice::server
