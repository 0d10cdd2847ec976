#include "telemetry/worker_metrics.hpp"

namespace sluice::telemetry {

WorkerMetrics::RouteOnListener::~RouteOnListener() {
  for (auto& slot : by_method) delete slot.load(std::memory_order_relaxed);
}

WorkerMetrics::MethodCells& WorkerMetrics::RouteOnListener::add(std::atomic<MethodCells*>& slot) {
  auto* cells = new MethodCells();
  slot.store(cells, std::memory_order_release);
  return *cells;
}

WorkerMetrics::RouteCells::~RouteCells() {
  for (auto* p = first.load(std::memory_order_relaxed); p != nullptr;) {
    auto* next = p->next;
    delete p;
    p = next;
  }
}

WorkerMetrics::RouteOnListener& WorkerMetrics::RouteCells::add(ListenerId listener) {
  auto* cells = new RouteOnListener(listener, first.load(std::memory_order_relaxed));
  first.store(cells, std::memory_order_release);
  return *cells;
}

}  // namespace sluice::telemetry
