// Where buckets of tokens are kept: in the process, or in Redis for all replicas.
//
//   BucketAsk ask{.policy = "per-user", .key = key, .limits = limits, .cost = 1};
//   return store.take(x.worker, ask).then([&x](Result<Grant> grant) -> Eventual<Verdict> {
//     if (!grant) ...                          // the store failed: its caller has a policy for that
//     if (!grant->allowed) return x.refuse(429, "rate_limited");
//     return Verdict::proceed;
//   });
//
// A bucket holds up to `burst` tokens, starts full and gains `rate`. What it is: the policy's name, the key
// and the limit's place in the list; neither rate nor burst. So it keeps its level when a limit changes, cut
// to the new burst; what it had of the token to come may be lost or gained by that, never more.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "sluice/clock.hpp"
#include "sluice/eventual.hpp"
#include "sluice/principal.hpp"
#include "sluice/result.hpp"
#include "sluice/units.hpp"
#include "sluice/worker.hpp"

namespace sluice {

class SharedStore;

// One decision: `cost` tokens from the bucket of each limit, from all of them or from none. Views are the
// caller's and live until the answer is there.
struct BucketAsk {
  static constexpr std::size_t max_limits = 8;

  std::string_view policy;
  std::string_view key;               // any bytes
  std::span<const RateLimit> limits;  // 1 .. max_limits
  std::uint64_t cost = 1;             // 1 .. the smallest burst
  bool leases = false;                // tokens may be taken from the store in batches
};

// A bucket as it stands after the decision.
struct BucketLevel {
  std::uint64_t left = 0;  // whole tokens
  Duration wait{};         // until it holds the cost of the ask; zero: it did
  Duration full_in{};      // until nothing is missing from it, if nobody takes from it
};

struct Grant {
  bool allowed = false;
  std::uint8_t count = 0;  // of limits
  // The limit that refused, or that has the fewest tokens left; of several refusals, the longest.
  std::uint8_t decisive = 0;
  std::array<BucketLevel, BucketAsk::max_limits> levels;

  const BucketLevel& tightest() const noexcept { return levels[decisive]; }
  // A request that comes so much later is allowed, if no other takes from the bucket meanwhile.
  Duration retry_after() const noexcept { return allowed ? Duration{} : tightest().wait; }
};

// Called by workers, by each for itself.
class BucketStore {
 public:
  virtual ~BucketStore() = default;

  // A refused ask takes nothing. The error: the store does not answer, or not in time; whether it took the
  // tokens is then unknown.
  virtual Eventual<Result<Grant>> take(Worker& worker, const BucketAsk& ask) = 0;
  // The same look at the buckets without taking anything: `allowed` says what take() would.
  virtual Eventual<Result<Grant>> peek(Worker& worker, const BucketAsk& ask) = 0;
  // Fills the buckets of policy and key, whatever their limits.
  virtual Eventual<Result<Unit>> reset(Worker& worker, std::string_view policy, std::string_view key) = 0;

  // How many processes take from this store, as last seen; at least one. Any worker.
  virtual unsigned replicas() const noexcept { return 1; }
};

// What a configuration has for its filters to keep things in. A filter holds what it uses.
struct Stores {
  Size cache_size = mebibytes(256);     // of what all caches of the process keep in memory
  Size cache_max_entry = mebibytes(8);  // of one answer in it
  // Null: the configuration has no `redis`.
  std::shared_ptr<BucketStore> redis_buckets;
  std::shared_ptr<SharedStore> redis_bytes;  // sluice/shared_store.hpp
};

}  // namespace sluice
