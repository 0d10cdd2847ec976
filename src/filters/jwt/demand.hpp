// Demand: requests on several workers that want something fetched, and the one worker that fetches it.
//
//   auto asking = demand->wait(x.worker);          // any worker; ready at once within the cooldown
//   co_await asking;                               // the fetch is over, or `patience` is
//
//   demand->open(worker0);                         // the fetching side, all on its own thread
//   for (;; demand->end()) {
//     Within<Unit> resting(timers, next, demand->heard());
//     co_await resting;                            // time has come, or somebody asks
//     demand->begin(); ... fetch ...
//   }
//   demand->close();                               // nobody waits any more
//
// Whoever asks while a fetch is under way waits for that one. Asking begins at most one fetch within the
// cooldown, however it ends; a storm of those who ask costs a load of an atomic each.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "sluice/eventual.hpp"
#include "sluice/waiter.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::jwt {

class Demand : public std::enable_shared_from_this<Demand> {
 public:
  static constexpr Duration patience = std::chrono::seconds(2);

  Demand(Duration cooldown, unsigned workers)
      : cooldown_(cooldown), seats_(workers), callers_(workers, nullptr) {}
  Demand(const Demand&) = delete;

  Eventual<Unit> wait(Worker& worker);

  void open(Worker& fetching);
  Task<Result<Unit>> heard();
  void begin();
  void end();
  void close();

 private:
  using Number = std::uint64_t;  // of a fetch, from 1
  struct Seat {
    Number fetch;
    Resolver<Unit> resolver;
  };

  std::optional<Number> ask(TimePoint now);
  Task<Unit> wait_for(Worker& worker, Number fetch);
  Task<Result<Unit>> sit(Worker& worker, Number fetch);
  bool call(Worker& worker, Number fetch);
  void ring();
  void release();
  void let_go(Worker& worker, Number ended);

  void shut(TimePoint until) noexcept {
    shut_until_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  }

  const Duration cooldown_;
  // Nothing is under way and nobody would be heard before then.
  std::atomic<Duration::rep> shut_until_{TimePoint::max().time_since_epoch().count()};
  Resolver<Unit> bell_;                   // the fetching worker's own
  WorkerLocal<std::vector<Seat>> seats_;  // each worker's own

  std::mutex mutex_;  // over the rest
  Worker* fetching_ = nullptr;
  Number begun_ = 0, ended_ = 0;
  bool wanted_ = false;  // somebody asked, and it has not begun
  TimePoint quiet_until_{};
  std::vector<Worker*> callers_;  // who has somebody waiting
};

}  // namespace sluice::filters::jwt
