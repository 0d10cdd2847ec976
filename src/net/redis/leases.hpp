// The leases of one worker: of each key that is asked for often, a few tokens taken in advance, so that most
// of its decisions need no round trip.
//
//   if (auto grant = leases.decide(ask, most, now)) return *grant;     // of what is held, or still refused
//   ... ask Redis ...; leases.learn(ask, grant, now);
//
// Tokens are fetched in the background, in batches of what the key used in the last tenth of a second, and
// given back when they are not used. A refusal is remembered until the bucket has what was asked for, for
// at most 50 ms. docs/filters/rate_limit.md derives what both come to.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/keyed_hash.hpp"
#include "net/redis/bucket_command.hpp"
#include "net/redis/lease.hpp"
#include "sluice/metrics.hpp"

namespace sluice::net {

class RedisLeases {
 public:
  static constexpr std::size_t max_keys = 65536;  // of a worker; further ones have no leases
  static constexpr Duration longest_refusal = 50ms;

  RedisLeases(RedisClient& client, Meter& meter);
  RedisLeases(const RedisLeases&) = delete;
  ~RedisLeases();

  // `prefix`: of keys in Redis. `most`: how many tokens of a key this worker may hold. Nothing: Redis is to
  // be asked.
  std::optional<Grant> decide(const std::string& prefix, const BucketAsk& ask, std::uint64_t most);
  // What Redis said to an ask that was not decided here.
  void learn(const BucketAsk& ask, const Grant& grant);
  // The end of it: everything goes back, and from now on Redis is asked each time.
  void close();

 private:
  struct Entry;
  struct Policy;
  struct Hash {
    using is_transparent = void;
    base::HashSeed seed;
    std::size_t operator()(std::string_view key) const noexcept {
      return base::KeyedHash<>(seed).add(key).finish();
    }
  };
  using Keys = std::unordered_map<std::string, std::unique_ptr<Entry>, Hash, std::equal_to<>>;

  Policy& policy(const std::string& prefix, std::string_view name);
  Entry* entry(Policy& policy, const BucketAsk& ask);
  Entry* find(const BucketAsk& ask);
  Task<Unit> fetch(Entry& entry, std::uint64_t count);
  Task<Unit> sweep_now_and_then();
  void sweep(Policy& policy);
  void give_back(Entry& entry, std::uint64_t count);
  TimePoint now() const noexcept { return client_.reactor().now(); }

  RedisClient& client_;
  Meter& meter_;
  Hash hash_;
  std::map<std::string, std::unique_ptr<Policy>, std::less<>> policies_;
  std::size_t size_ = 0;
  bool closed_ = false;
  Scope running_;
};

}  // namespace sluice::net
