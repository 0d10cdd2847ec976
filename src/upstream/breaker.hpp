// Breaker: how much of an upstream the whole process may use, and whether at all. Requests beyond are refused
// at once. One for each upstream's name; a reload forgets nothing.
//
//   auto admission = breaker.admit(rules, worker.index, now);
//   if (!admission.ticket) refuse(503, admission.refusal, admission.wait);
//   admission.ticket.observe(well, now);            // each attempt
//   ...                                             // the ticket's end is the request's
//   breaker.judge(&rules, now);                     // worker 0, ten times a second
//
// A request through a closed breaker costs two atomic additions and a count of its worker's own. Locks are
// taken only while it is not closed.
#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "config/resilience.hpp"
#include "telemetry/metrics.hpp"
#include "upstream/breaker_state.hpp"

namespace sluice::upstream {

class Breaker {
 public:
  using Phase = BreakerState::Phase;

  Breaker(std::string upstream, telemetry::Metrics& metrics, unsigned workers);
  Breaker(const Breaker&) = delete;
  ~Breaker();

  class Waiting;

  // A place among the requests in flight. Stays on its worker; keeps nothing alive.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& o) noexcept
        : breaker_(std::exchange(o.breaker_, nullptr)),
          rules_(o.rules_),
          worker_(o.worker_),
          probe_(std::exchange(o.probe_, 0)) {}
    Ticket& operator=(Ticket&& o) noexcept {
      std::swap(breaker_, o.breaker_);
      std::swap(rules_, o.rules_);
      std::swap(worker_, o.worker_);
      std::swap(probe_, o.probe_);
      return *this;
    }
    ~Ticket();
    explicit operator bool() const noexcept { return breaker_ != nullptr; }
    // It was to wait for a connection, and too many did already.
    bool crowded() const noexcept { return crowded_; }
    void observe(bool well, TimePoint now);

   private:
    friend class Waiting;
    void wait(Waiting& waiting) noexcept;

    friend class Breaker;
    Ticket(Breaker& breaker, const config::Breaker& rules, unsigned worker, std::uint32_t probe) noexcept
        : breaker_(&breaker), rules_(&rules), worker_(worker), probe_(probe) {}

    Breaker* breaker_ = nullptr;
    const config::Breaker* rules_ = nullptr;
    unsigned worker_ = 0;
    std::uint32_t probe_ = 0;  // 0: it is none, or has said what it had to
    bool crowded_ = false;
  };

  // A place among those that wait for a connection.
  class Waiting {
   public:
    Waiting() = default;
    // Who waits has one, unless all are taken.
    Waiting(Ticket* ticket, bool waits) noexcept {
      if (ticket && waits) ticket->wait(*this);
    }
    Waiting(const Waiting&) = delete;
    ~Waiting() { end(); }
    explicit operator bool() const noexcept { return granted_; }
    void end() noexcept {
      if (auto* breaker = std::exchange(breaker_, nullptr))
        breaker->pending_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    friend class Ticket;
    Breaker* breaker_ = nullptr;
    bool granted_ = true;
  };

  struct Admission {
    Ticket ticket;             // or
    const char* refusal = "";  // a literal: "breaker_open", "too_many_in_flight"
    Duration wait{};
  };
  // `rules` outlive the ticket.
  Admission admit(const config::Breaker& rules, unsigned worker, TimePoint now);

  // Counts what the workers saw. Without an error rate, or without rules, it closes.
  void judge(const config::Breaker* rules, TimePoint now);

  struct Status {
    Phase phase;
    Duration left;  // of open
    std::uint32_t in_flight, pending;
    Tally recent;
  };
  Status status(const config::Breaker& rules, TimePoint now) const;

 private:
  struct alignas(64) Answers {
    Cell well, badly;
  };
  void turned();

  const std::string upstream_;
  const Counter refused_open_, refused_in_flight_, refused_pending_;
  const Gauge phase_;
  const Counter opened_;
  std::vector<Answers> answers_;
  alignas(64) std::atomic<std::uint32_t> in_flight_{0};
  alignas(64) std::atomic<std::uint32_t> pending_{0};
  alignas(64) std::atomic<bool> closed_{true};
  mutable std::mutex mutex_;  // over the rest
  BreakerState state_;
  Phase told_ = Phase::closed;
  Tally seen_;
};

}  // namespace sluice::upstream
