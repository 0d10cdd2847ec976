#include "filters/jwt/demand.hpp"

#include "base/mailbox.hpp"
#include "sluice/timers.hpp"

namespace sluice::filters::jwt {

// ---- who asks

Eventual<Unit> Demand::wait(Worker& worker) {
  auto now = worker.timers.now();
  if (now.time_since_epoch().count() < shut_until_.load(std::memory_order_relaxed)) return Unit{};
  auto fetch = ask(now);
  if (!fetch) return Unit{};
  return wait_for(worker, *fetch);
}

// The number of the fetch to wait for; none: there will be none.
std::optional<Demand::Number> Demand::ask(TimePoint now) {
  std::lock_guard lock(mutex_);
  if (!fetching_) return std::nullopt;
  if (begun_ > ended_) return begun_;
  if (!wanted_) {
    if (now < quiet_until_) return std::nullopt;
    wanted_ = true;
    quiet_until_ = now + cooldown_;
    fetching_->mailbox.post([self = shared_from_this()] { self->ring(); });
  }
  return begun_ + 1;
}

Task<Unit> Demand::wait_for(Worker& worker, Number fetch) {
  auto self = shared_from_this();
  Within<Unit> bounded(worker.timers, worker.timers.now() + patience, sit(worker, fetch));
  (void)co_await bounded;  // whoever waits looks for himself at what has come
  co_return Unit{};
}

Task<Result<Unit>> Demand::sit(Worker& worker, Number fetch) {
  if (!call(worker, fetch)) co_return Unit{};
  Waiter<Unit> waiter;
  seats_.at(worker).push_back({fetch, waiter.resolver()});
  co_return co_await waiter;
}

// False: it is over already.
bool Demand::call(Worker& worker, Number fetch) {
  std::lock_guard lock(mutex_);
  if (!fetching_ || ended_ >= fetch) return false;
  callers_[worker.index] = &worker;
  return true;
}

void Demand::let_go(Worker& worker, Number ended) {
  std::erase_if(seats_.at(worker), [ended](Seat& seat) {
    if (seat.fetch <= ended) seat.resolver(Unit{});
    return !seat.resolver.wanted();
  });
}

// ---- who fetches

void Demand::open(Worker& fetching) {
  std::lock_guard lock(mutex_);
  fetching_ = &fetching;
  shut(quiet_until_);
}

Task<Result<Unit>> Demand::heard() {
  Waiter<Unit> waiter;
  bell_ = waiter.resolver();
  co_return co_await waiter;
}

// The letter may come late, when what it asks for has been done for another reason.
void Demand::ring() {
  {
    std::lock_guard lock(mutex_);
    if (!wanted_) return;
  }
  bell_(Unit{});
}

void Demand::begin() {
  std::lock_guard lock(mutex_);
  ++begun_;
  wanted_ = false;
  shut(TimePoint());
}

void Demand::end() {
  std::lock_guard lock(mutex_);
  ended_ = begun_;
  shut(quiet_until_);
  release();
}

void Demand::close() {
  std::lock_guard lock(mutex_);
  fetching_ = nullptr;
  if (wanted_) ++begun_;
  wanted_ = false;
  ended_ = begun_;
  shut(TimePoint::max());
  release();
}

void Demand::release() {
  for (auto& caller : callers_)
    if (auto* worker = std::exchange(caller, nullptr))
      worker->mailbox.post(
          [self = shared_from_this(), worker, ended = ended_] { self->let_go(*worker, ended); });
}

}  // namespace sluice::filters::jwt
