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
// Fetched at once, every `refresh` from then on (a little sooner, at random, so that replicas do not ask
// together), and after a failure again and again, from a second apart up to `refresh`. The last good set
// serves until it is `max_stale` old; then there is none. A set without any usable key is a failure. Nothing
// here delays a start: keys are there when they are there.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sluice/background.hpp"
#include "sluice/eventual.hpp"
#include "sluice/filter_kind.hpp"
#include "sluice/published.hpp"
#include "sluice/waiter.hpp"

namespace sluice::filters::jwt {

class KeySet;  // filters/jwt/keys.hpp

// Where a set comes from.
struct JwksOrigin {
  std::string url;                          // of the set; with `discover`, the issuer as its tokens spell it
  bool discover = false;                    // ask <issuer>/.well-known/openid-configuration where the set is
  bool insecure = false;                    // http too, and no look at certificates
  std::optional<std::filesystem::path> ca;  // absent: the system's

  bool operator==(const JwksOrigin&) const = default;
};

struct JwksTimes {
  Duration refresh = std::chrono::minutes(15);
  Duration max_stale = std::chrono::hours(24);
  Duration unknown_kid_cooldown = std::chrono::seconds(30);
};

// What was fetched from an origin last, for whichever source asks there next: a reload with other times
// starts with the keys that are known.
class LastGoodKeys;

class JwksSource final : public Background, public std::enable_shared_from_this<JwksSource> {
 public:
  JwksSource(JwksOrigin origin, JwksTimes times, std::shared_ptr<LastGoodKeys> last, unsigned workers,
             Meter& meter);
  ~JwksSource() override;

  // ---- for requests, on any worker
  // Null where no key may be used: none came yet, or the last ones are too old. Valid on this worker until
  // its next call.
  const KeySet* keys(const Worker& worker) const { return keys_.get(worker); }
  // Another number where what keys() gives is another: not after a fetch that brought the same set.
  std::uint64_t version() const noexcept { return keys_.version(); }
  // A token names a key that is not there: asks the issuer, unless that was done within the cooldown. All who
  // ask meanwhile, on whichever worker, wait for the same fetch; nobody longer than `patience`.
  Eventual<Unit> refetch(Worker& worker);
  static constexpr Duration patience = std::chrono::seconds(2);

  // ---- for the gateway
  Task<Unit> run(Worker& worker, Fetcher& fetcher) override;
  SourceStatus status() const override;

 private:
  Published<KeySet> keys_;
};

// The one that there is for this origin and these times, or a new one, added to what the configuration needs
// run.
std::shared_ptr<JwksSource> jwks_source(const JwksOrigin& origin, const JwksTimes& times,
                                        FilterContext& context);

}  // namespace sluice::filters::jwt
