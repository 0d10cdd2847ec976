// The buckets of a policy in this process: one table for all workers, exact whoever of them asks, bounded.
//
//   MemoryBuckets buckets(1'000'000, meters);
//   Grant grant = buckets.take_now(ask, now, worker.index);
//
// It is cut into shards by the keyed hash of the key, each with a lock that is held for some hundred
// instructions; all buckets of a key are in one shard, so a decision takes one lock. A bucket is known by 64
// bits of the hash alone: that two of a million keys share one happens to one process in 37 million.
#pragma once
#include <memory>

#include "base/keyed_hash.hpp"
#include "base/spin_lock.hpp"
#include "filters/rate_limit/bucket_table.hpp"
#include "sluice/metrics.hpp"
#include "sluice/store.hpp"

namespace sluice::filters::rate_limit {

class MemoryBuckets final : public BucketStore {
 public:
  struct Meters {
    Gauge buckets;
    Counter evicted;
  };

  MemoryBuckets(std::size_t most, Meters meters);
  ~MemoryBuckets() override;

  // Any thread that says which worker's counters it may use.
  Grant take_now(const BucketAsk& ask, TimePoint now, std::size_t worker);
  Grant peek_now(const BucketAsk& ask, TimePoint now);
  void reset_now(std::string_view key, std::size_t worker);

  Eventual<Result<Grant>> take(Worker& worker, const BucketAsk& ask) override;
  Eventual<Result<Grant>> peek(Worker& worker, const BucketAsk& ask) override;
  Eventual<Result<Unit>> reset(Worker& worker, std::string_view policy, std::string_view key) override;

  // How many buckets it may hold from now on.
  void bound(std::size_t most) noexcept;
  std::size_t size() noexcept;
  std::size_t bytes() noexcept;

 private:
  struct alignas(64) Shard {
    base::SpinLock lock;
    BucketTable table{0};
  };
  struct Draft;

  std::uint64_t hash(std::string_view key) const noexcept;
  Shard& shard(std::uint64_t hash) noexcept { return shards_[hash & (count_ - 1)]; }
  void count(const BucketTable& table, std::size_t size, std::uint64_t evicted, std::size_t worker) const;

  const base::HashSeed seed_;
  const std::size_t count_;  // of shards, a power of two
  const std::unique_ptr<Shard[]> shards_;
  const Meters meters_;
};

}  // namespace sluice::filters::rate_limit
