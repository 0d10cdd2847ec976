// All shards of a store, and the bound on what they hold together.
//
//   auto hashes = shards.hashes(key);
//   auto& shard = shards.of(hashes);
//
// Where room is needed the shards take turns to evict, those first that hold more than their share. What is
// still read when it leaves is no victim, since no memory would come back. The tables count too.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/keyed_hash.hpp"
#include "filters/cache/flights.hpp"
#include "filters/cache/memory_bound.hpp"
#include "filters/cache/purge_log.hpp"
#include "filters/cache/store_shard.hpp"
#include "sluice/metrics.hpp"

namespace sluice::filters::cache {

class StoreShards final : public MemoryBound {
 public:
  struct Meters {
    Gauge bytes, entries;
    Counter evicted, purged;
  };
  struct Shard : StoreShard {
    using StoreShard::StoreShard;
    Flights flights;
  };

  StoreShards(std::uint64_t most, const Meters& meters);
  // Lets everything go; it deletes itself when nothing of it is held any more.
  void retire() noexcept;

  StoreHashes hashes(const CacheKey& key) const noexcept;
  Shard& of(const StoreHashes& hashes) noexcept { return *shards_[hashes.url >> 48 & (count_ - 1)]; }

  // Under the lock of its shard.
  void insert_held(StoredResponse& response, const StoreHashes& hashes, Dropped& dropped) noexcept;
  // Takes it out, if it is still there.
  void remove(StoredResponse& response) noexcept;
  // Its body is whole: it may be evicted from now on.
  void admit(StoredResponse& response) noexcept;
  // The same, in the place of one that was not admitted; unless that is gone.
  void replace(StoredResponse& response, StoredResponse& by) noexcept;

  std::size_t purge_url(std::string_view url, Purge how);
  std::size_t purge_prefix(std::string_view prefix, Purge how);
  std::size_t purge_tag(std::string_view tag, Purge how);

  std::uint64_t entries() const noexcept { return entries_.load(std::memory_order_relaxed); }

 private:
  bool make_room(std::uint64_t bytes) noexcept override;
  void evict_from(Shard& shard, std::uint64_t bytes, int steps) noexcept;
  std::uint64_t hash_url(std::string_view url) const noexcept;
  std::uint32_t hash_tag(std::string_view tag) const noexcept;
  void count(std::int64_t entries) noexcept;

  std::size_t purge_held(Shard& shard, StoredResponse& response, Purge how, Dropped& dropped) noexcept;
  template <class First, class Fits>
  std::size_t purge_chain(Shard& shard, First first, Fits fits, Purge how);

  const base::HashSeed seed_;
  const Meters meters_;
  const std::size_t count_;     // of shards, a power of two
  std::size_t own_charge_ = 0;  // for its tables
  const std::unique_ptr<std::unique_ptr<Shard>[]> shards_;
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<std::size_t> turn_{0};
};

// Its owner wants it no more; what is still read keeps it until then.
struct CloseShards {
  void operator()(StoreShards* shards) const noexcept { shards->retire(); }
};
using OwnShards = std::unique_ptr<StoreShards, CloseShards>;

}  // namespace sluice::filters::cache
