// JwksSource: the keys of an issuer, fetched in the background.
//
//   auto source = jwks_source(origin, times, context);     // when the filter is made; from publish on it
//   runs auto* keys = source->keys(x.worker); if (!keys || !keys->knows(kid)) {
//     auto asking = source->refetch(x.worker);             // ready at once within the cooldown
//     co_await asking;
//     keys = source->keys(x.worker);                       // look again, once
//   }
//   if (!keys) ...                                         // a token cannot be judged: 503, never let
//   through
//
// Fetched at once, every `refresh` from then on, and after a failure again and again (refresh_times.hpp). The
// last good set serves until it is `max_stale` old; then there is none. A set without any usable key is a
// failure. Nothing here delays a start: keys are there when they are there.
#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "filters/jwt/demand.hpp"
#include "filters/jwt/jwks_origin.hpp"
#include "sluice/background.hpp"
#include "sluice/filter_kind.hpp"
#include "sluice/published.hpp"

namespace sluice::filters::jwt {

struct JwksTimes {
  Duration refresh = std::chrono::minutes(15);
  Duration max_stale = std::chrono::hours(24);
  Duration unknown_kid_cooldown = std::chrono::seconds(30);
};

// What an origin gave last, for whichever source asks there next: a reload with other times starts with the
// keys that are known.
class LastGoodKeys {
 public:
  struct Known {
    std::shared_ptr<const KeySet> keys;  // null: nothing yet
    TimePoint at;
    WallPoint loaded;
  };
  Known get() const {
    std::lock_guard lock(mutex_);
    return known_;
  }
  void set(Known known) {
    std::lock_guard lock(mutex_);
    known_ = std::move(known);
  }

 private:
  mutable std::mutex mutex_;
  Known known_;
};

class JwksSource final : public Background {
 public:
  JwksSource(JwksOrigin origin, JwksTimes times, std::shared_ptr<LastGoodKeys> last, unsigned workers,
             Meter& meter);

  // ---- for requests, on any worker
  // Null where no key may be used: none came yet, or the last ones are too old. Valid on this worker until
  // its next call.
  const KeySet* keys(const Worker& worker) const { return keys_.get(worker); }
  // Another number where what keys() gives is another: not after a fetch that brought the same set.
  std::uint64_t version() const noexcept { return keys_.version(); }
  // A token names a key that is not there, or there are none: asks the issuer, unless that was done within
  // the cooldown. All who ask meanwhile, on whichever worker, wait for the same fetch; nobody longer than
  // Demand::patience.
  Eventual<Unit> refetch(Worker& worker) { return demand_->wait(worker); }

  // ---- for the gateway
  Task<Unit> run(Worker& worker, Fetcher& fetcher) override;
  SourceStatus status() const override;

 private:
  class Run;  // on worker 0

  const JwksOrigin origin_;
  const JwksTimes times_;
  const std::string name_;
  const std::shared_ptr<LastGoodKeys> last_;
  const std::shared_ptr<Demand> demand_;
  const Counter fetched_, failed_;
  Published<KeySet> keys_;
  mutable std::mutex mutex_;
  SourceStatus status_;
};

// The one that there is for this origin and these times, or a new one, added to what the configuration needs
// run.
std::shared_ptr<JwksSource> jwks_source(const JwksOrigin& origin, const JwksTimes& times,
                                        FilterContext& context);

}  // namespace sluice::filters::jwt
