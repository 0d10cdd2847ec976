// Several tries of one exchange at once, each with an answer of its own. The first head wins; the end of the
// race is the end of all others, and of their connections.
//
//   Race race;
//   race.scope.spawn(run(race, race.add(way, endpoint)));
//   Within<Unit> bounded(timers, hedge_at, race.next_end());
//   auto ended = co_await bounded;                      // one has ended, or it is time for another
//   if (auto* winner = race.winner()) ...
#pragma once
#include <array>
#include <optional>

#include "proxy/forwarder.hpp"
#include "sluice/scope.hpp"
#include "sluice/waiter.hpp"

namespace sluice::proxy {

struct Forwarder::RaceRunner {
  Response response;
  Way way;
  upstream::Endpoint& endpoint;
  std::optional<Result<Unit>> done;

  // Interim heads are nobody's who has not won.
  RaceRunner(const Way& from, upstream::Endpoint& to)
      : response(from.x.arena),
        way{from.x, from.upstream, nullptr, from.target, Upload(from.x), response},
        endpoint(to) {
    way.ticket = from.ticket;
  }
};

class Forwarder::Race {
 public:
  using Runner = RaceRunner;

  Race() = default;
  Race(const Race&) = delete;

  bool full() const noexcept { return size_ == runners_.size(); }
  Runner& add(const Way& way, upstream::Endpoint& endpoint) {
    return runners_[size_++].emplace(way, endpoint);
  }
  void ended(Runner& runner, const Result<Unit>& result) {
    runner.done = result;
    bell_(Unit{});
  }
  Task<Result<Unit>> next_end();

  Runner* winner() noexcept;
  // The error of the last, once all have failed; otherwise nothing.
  const Error* defeat() const noexcept;

 private:
  std::array<std::optional<Runner>, 4> runners_;
  std::size_t size_ = 0;
  Resolver<Unit> bell_;

 public:
  Scope scope;  // last: it dies first
};

}  // namespace sluice::proxy
