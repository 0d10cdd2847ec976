// The exchange's own deadline while serve() waits under it: the route's `timeout` from here to the answer's
// head, pushed by every piece of the request's body; never past `timeouts.total`, nor past what a trusted
// proxy says is left (`deadline.header`).
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
  void shorten(const std::optional<Duration>& left, const char* cause) noexcept;

  Exchange& exchange_;
  Duration timeout_{};
  TimePoint latest_ = TimePoint::max();
  const char* latest_cause_ = "";
};

// Sets the field of the request that says how many milliseconds are left, of the exchange or of a try that
// has to end before; takes it away where there is no deadline. False: nothing is left.
bool tell_time_left(Exchange& x, const FieldName& field, TimePoint until);

// Lets a wait that cannot fail stand under a Within.
Task<Result<Unit>> settle(Eventual<Unit> waiting);

}  // namespace sluice::proxy
