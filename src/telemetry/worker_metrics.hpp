// One worker's counts. Its thread alone writes them, with plain loads and stores; the scrape reads them
// meanwhile.
//
//   metrics.request({.listener = l, .route = r, .method = exchange.request.method, .status = 200,
//                    .source = Source::upstream, .duration = now - begin, .gateway = own});
//   metrics.attempt(upstream, endpoint, status, took);
//
// Allocates when a route, endpoint or code is seen for the first time, and never after.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "sluice/clock.hpp"
#include "sluice/http.hpp"
#include "sluice/metrics.hpp"
#include "telemetry/chunked.hpp"
#include "telemetry/code_cells.hpp"
#include "telemetry/duration_cells.hpp"
#include "telemetry/labels.hpp"

namespace sluice::telemetry {

struct RequestCount {
  ListenerId listener = ListenerId::none;
  RouteId route = RouteId::none;
  Method method = Method::other;
  std::uint16_t status = 0;  // 0: the client got no answer
  Source source = Source::gateway;
  Duration duration{};  // first byte of the request to the last of the answer
  Duration gateway{};   // what the gateway itself added: filters, queues, its own work
};

class WorkerMetrics {
 public:
  static constexpr std::size_t methods = static_cast<std::size_t>(Method::other) + 1;

  WorkerMetrics() = default;
  WorkerMetrics(const WorkerMetrics&) = delete;

  void request(const RequestCount& count) {
    auto& route = routes_.at(index(count.route));
    route.gateway.observe(count.gateway);
    auto& here = route.at(count.listener);
    here.duration.observe(count.duration);
    here.at(count.method).codes[static_cast<std::size_t>(count.source)].add(count.status);
  }

  // One try at one endpoint. Status 0: it gave no answer; no duration is counted then.
  void attempt(UpstreamId upstream, EndpointId endpoint, std::uint16_t status, Duration duration) {
    endpoints_.at(index(endpoint)).codes.add(status);
    if (status != 0) upstreams_.at(index(upstream)).duration.observe(duration);
  }

  void connection_opened(ListenerId id) { listeners_.at(index(id)).connections.add(1); }
  void connection_closed(ListenerId id) { listeners_.at(index(id)).connections.add(~std::uint64_t{0}); }
  void accept_error(ListenerId id) { listeners_.at(index(id)).accept_errors.add(); }
  void handshake_failure(ListenerId id) { listeners_.at(index(id)).handshake_failures.add(); }

  struct MethodCells {
    std::array<CodeCells, 2> codes;  // by Source
  };
  // What a route counts on one of its listeners.
  struct RouteOnListener {
    ListenerId listener;
    RouteOnListener* next;
    DurationCells<RequestBounds> duration;
    std::array<std::atomic<MethodCells*>, methods> by_method{};

    RouteOnListener(ListenerId id, RouteOnListener* rest) noexcept : listener(id), next(rest) {}
    RouteOnListener(const RouteOnListener&) = delete;
    ~RouteOnListener();
    MethodCells& at(Method method) {
      auto& slot = by_method[static_cast<std::size_t>(method)];
      auto* cells = slot.load(std::memory_order_relaxed);
      return cells != nullptr ? *cells : add(slot);
    }
    static MethodCells& add(std::atomic<MethodCells*>& slot);
  };
  struct RouteCells {
    DurationCells<GatewayBounds> gateway;
    std::atomic<RouteOnListener*> first{nullptr};

    RouteCells() = default;
    RouteCells(const RouteCells&) = delete;
    ~RouteCells();
    RouteOnListener& at(ListenerId listener) {
      for (auto* p = first.load(std::memory_order_relaxed); p != nullptr; p = p->next)
        if (p->listener == listener) return *p;
      return add(listener);
    }
    RouteOnListener& add(ListenerId listener);
  };
  struct UpstreamCells {
    DurationCells<RequestBounds> duration;
  };
  struct EndpointCells {
    CodeCells codes;
  };
  struct ListenerCells {
    Cell connections;
    Cell accept_errors;
    Cell handshake_failures;
  };

  // For the scrape; null where this worker has counted nothing near it.
  const RouteCells* find(RouteId id) const noexcept { return routes_.find(index(id)); }
  const UpstreamCells* find(UpstreamId id) const noexcept { return upstreams_.find(index(id)); }
  const EndpointCells* find(EndpointId id) const noexcept { return endpoints_.find(index(id)); }
  const ListenerCells* find(ListenerId id) const noexcept { return listeners_.find(index(id)); }

 private:
  template <class Id>
  static constexpr std::size_t index(Id id) noexcept {
    return static_cast<std::size_t>(id);
  }

  Chunked<RouteCells> routes_;
  Chunked<UpstreamCells> upstreams_;
  Chunked<EndpointCells> endpoints_;
  Chunked<ListenerCells> listeners_;
};

}  // namespace sluice::telemetry
