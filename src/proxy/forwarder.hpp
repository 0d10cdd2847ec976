// Forwarder: sends a request to one of a route's upstreams and brings the head of the answer back, on one
// worker.
//
//   Forwarder forwarder(worker, connections, metrics.worker(index), seed);
//   Gateway gateway(worker, forwarder, metrics, records);
//
// It walks over the endpoints that the balancer names, as long as a connection cannot be made: to those that
// nobody has found out of reach for nothing, to one of the others out of the retry budget. What broke on a
// reused connection before a byte of the answer is tried once more on another, where repeating is harmless.
// Routes that say more of it are persistent: persist.cpp tries again, race.cpp tries twice at once.
#pragma once
#include <cstdint>

#include "proxy/bulkhead.hpp"
#include "proxy/choice.hpp"
#include "proxy/conversation.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/mirroring.hpp"
#include "proxy/persistence.hpp"
#include "proxy/rewrite.hpp"
#include "proxy/upload.hpp"
#include "telemetry/worker_metrics.hpp"
#include "upstream/random.hpp"
#include "upstream/upstream.hpp"

namespace sluice::proxy {

class Forwarder final : public Forwarding {
 public:
  Forwarder(Worker& worker, upstream::Connections& connections, telemetry::WorkerMetrics& metrics,
            std::uint64_t seed) noexcept
      : worker_(worker),
        connections_(connections),
        metrics_(metrics),
        random_(seed),
        mirroring_(worker, connections, ~seed) {}

  Task<Result<Unit>> forward(Exchange& x, const Forward& to, ResponseSink* interim) const override;

 private:
  // One exchange's way to one upstream.
  struct Way {
    Exchange& x;
    upstream::Upstream& upstream;
    ResponseSink* interim;
    http::SplitTarget target;
    Upload upload;
    Response& response;                  // the exchange's own, or that of one of several tries at once
    TimePoint until = TimePoint::max();  // of a single try
    TimePoint connected{}, answered{};   // of the last one
    upstream::Endpoint* at = nullptr;    // whose answer it is
    upstream::Breaker::Ticket* ticket = nullptr;
  };
  class Race;
  struct RaceRunner;

  // Too much is pending, at the whole upstream: no other endpoint has room either.
  static bool crowded(const Way& way) noexcept { return way.ticket && way.ticket->crowded(); }

  // persist.cpp
  Task<Result<Unit>> persist(Way& way, upstream::Walk& walk, const Persistence& plan) const;
  upstream::Endpoint* next_try(Way& way, upstream::Walk& walk, const RetryRules& rules, RetryReason reason,
                               Duration pause) const;
  Task<Result<Unit>> try_once(Way& way, upstream::Endpoint& endpoint, Duration per_try) const;
  // race.cpp
  Task<Result<Unit>> hedge(Way& way, upstream::Walk& walk, upstream::Endpoint& first, const Persistence& plan,
                           Duration per_try) const;
  upstream::Endpoint* next_hedge(Way& way, upstream::Walk& walk, const Persistence& plan) const;
  Task<Unit> run(Race& race, RaceRunner& runner, Duration per_try) const;

  upstream::Endpoint* after_unreached(Way& way, upstream::Walk& walk,
                                      const upstream::RetryBudget::Terms& budget) const;
  Task<Result<Unit>> attempt(Way& way, upstream::Endpoint& endpoint) const;
  Task<Result<Unit>> ask(Way& way, const Conversation::Ref& c) const;
  Task<Result<Unit>> receive(Way& way, const Conversation::Ref& c) const;
  Result<Unit> take_answer(Way& way, const Conversation::Ref& c) const;
  void count(const Way& way, const upstream::Endpoint& endpoint, std::uint16_t status) const noexcept;

  Worker& worker_;
  upstream::Connections& connections_;
  telemetry::WorkerMetrics& metrics_;
  mutable upstream::Random random_;
  Mirroring mirroring_;
};

}  // namespace sluice::proxy
