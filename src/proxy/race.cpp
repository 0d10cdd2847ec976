#include "proxy/race.hpp"

namespace sluice::proxy {

Task<Result<Unit>> Forwarder::Race::next_end() {
  Waiter<Unit> waiter;
  bell_ = waiter.resolver();
  co_return co_await waiter;
}

Forwarder::RaceRunner* Forwarder::Race::winner() noexcept {
  for (std::size_t i = 0; i < size_; ++i)
    if (auto& done = runners_[i]->done; done && *done) return &*runners_[i];
  return nullptr;
}

const Error* Forwarder::Race::defeat() const noexcept {
  for (std::size_t i = 0; i < size_; ++i)
    if (!runners_[i]->done) return nullptr;
  return &runners_[size_ - 1]->done->error();
}

// ---- the forwarder's part

Task<Unit> Forwarder::run(Race& race, RaceRunner& runner, Duration per_try) const {
  Result<Unit> done = Error(Error::Kind::internal, Error::Side::internal, "fault");
  try {
    auto trying = try_once(runner.way, runner.endpoint, per_try);
    done = co_await trying;
  } catch (...) {  // whoever waits for the race must hear of it
  }
  race.ended(runner, done);
  co_return Unit{};
}

Task<Result<Unit>> Forwarder::hedge(Way& way, upstream::Walk& walk, upstream::Endpoint& first,
                                    const Persistence& plan, Duration per_try) const {
  auto& x = way.x;
  Race race;
  auto start = [&](upstream::Endpoint& endpoint) {
    race.scope.spawn(run(race, race.add(way, endpoint), per_try));
  };
  start(first);
  auto& timers = worker_.timers;
  auto next_at = timers.now() + plan.hedge->after;
  auto left = plan.hedge->max;
  while (!race.winner()) {
    if (auto* error = race.defeat()) co_return *error;
    Within<Unit> bounded(timers, left > 0 ? next_at : TimePoint::max(), race.next_end());
    auto ended = co_await bounded;
    if (ended || left == 0) continue;
    auto* another = next_hedge(way, walk, plan);
    left = another ? left - 1 : 0;
    next_at = timers.now() + plan.hedge->after;
    if (another) start(*another);
  }
  auto& winner = *race.winner();
  x.response = std::move(winner.response);
  x.timeline.connected = winner.way.connected;
  x.timeline.answered = winner.way.answered;
  x.upstream.endpoint = x.arena.copy(winner.endpoint.name());
  way.at = &winner.endpoint;
  co_return Unit{};
}

upstream::Endpoint* Forwarder::next_hedge(Way& way, upstream::Walk& walk, const Persistence& plan) const {
  auto& retries = way.upstream.retries();
  if (way.x.upstream.attempts >= plan.retry.attempts()) return nullptr;
  auto* endpoint = walk.next();
  if (!endpoint) return nullptr;
  if (!retries.budget.take(plan.retry.budget(), worker_.timers.now())) {
    retries.count_refused(worker_.index);
    return nullptr;
  }
  retries.count(RetryReason::hedge, worker_.index);
  return endpoint;
}

}  // namespace sluice::proxy
