// The exchange's own deadline while serve() waits under it: the route's `timeout` from here to the answer's
// head, pushed by every piece of the request's body, and `timeouts.total` from the request's first byte.
//
//   Deadline deadline(exchange, snapshot);
//   Within<Unit> producing(timers, exchange.deadline, task);
//   auto bound = deadline.bind(producing);
//   if (auto done = co_await producing; !done) refuse_for(exchange, deadline.explain(done.error()));
#pragma once
#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

class Deadline {
 public:
  // Sets exchange.deadline, unless whoever made the exchange did.
  Deadline(Exchange& x, const Snapshot& snapshot) noexcept;

  class Bound {
   public:
    explicit Bound(Exchange& x) noexcept : exchange_(x) {}
    Bound(const Bound&) = delete;
    ~Bound() { exchange_.bind_deadline(nullptr); }

   private:
    Exchange& exchange_;
  };
  Bound bind(Within<Unit>& producing) noexcept {
    exchange_.bind_deadline(&producing, timeout_, latest_);
    return Bound(exchange_);
  }

  // Says for whom it waited, where the error is the deadline itself.
  Error explain(const Error& error) const noexcept;

 private:
  Exchange& exchange_;
  Duration timeout_{};
  TimePoint latest_ = TimePoint::max();
};

// Lets a wait that cannot fail stand under a Within.
Task<Result<Unit>> settle(Eventual<Unit> waiting);

}  // namespace sluice::proxy
