#include "proxy/deadline.hpp"

#include <algorithm>

namespace sluice::proxy {

Deadline::Deadline(Exchange& x, const Snapshot& snapshot) noexcept : exchange_(x) {
  auto& timeout = x.route ? x.route->timeout : snapshot.edge_timeout;
  auto now = x.worker.timers.now();
  auto at = TimePoint::max();
  if (timeout) at = now + (timeout_ = *timeout);
  if (x.route && x.route->timeouts.total) latest_ = now + *x.route->timeouts.total;
  x.deadline = std::min({x.deadline, at, latest_});
}

Error Deadline::explain(const Error& error) const noexcept {
  if (error.kind != Error::Kind::deadline || error.side != Error::Side::internal) return error;
  bool waited_for_upstream = exchange_.timeline.forwarded != TimePoint{};
  return Error(Error::Kind::deadline, waited_for_upstream ? Error::Side::upstream : Error::Side::internal,
               waited_for_upstream ? "route_timeout" : "filters_timeout");
}

Task<Result<Unit>> settle(Eventual<Unit> waiting) {
  co_await waiting;
  co_return Unit{};
}

}  // namespace sluice::proxy
