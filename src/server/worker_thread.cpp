#include "server/worker_thread.hpp"

#include <pthread.h>

#include <random>

#include "upstream/lookup.hpp"

namespace sluice::server {

WorkerParts::WorkerParts(net::Reactor& r, telemetry::Metrics& metrics)
    : reactor(r),
      redis(r, upstream::system_lookup(r)),
      connections(r),
      forwarder(r.worker(), connections, metrics.worker(r.worker().index), std::random_device()()),
      gateway(r.worker(), forwarder, metrics,
              [this](const telemetry::AccessRecord& record) {
                if (access_log) access_log->write(record);
              }),
      listeners(r, gateway, metrics) {}

WorkerThread::WorkerThread(unsigned index, telemetry::Metrics& metrics) : reactor_(index) {
  reactor_.mailbox().post([this, &metrics] { parts_.emplace(reactor_, metrics); });
  thread_ = std::thread([this, index] {
    ::pthread_setname_np(::pthread_self(), ("worker-" + std::to_string(index)).c_str());
    reactor_.run();
  });
}

void WorkerThread::post(Letter letter) {
  reactor_.mailbox().post([this, letter = std::move(letter)] { letter(*parts_); });
}

void WorkerThread::stop() {
  if (!thread_.joinable()) return;
  reactor_.mailbox().post([this] {
    reactor_.background().cancel();
    parts_.reset();
  });
  reactor_.stop();
  thread_.join();
}

Busy WorkerThread::was_busy() {
  post([this](WorkerParts& parts) { busy_ = parts.busy(); });
  return busy_;
}

}  // namespace sluice::server
