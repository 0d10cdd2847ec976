// One shard of what is stored: found by key, by URL and by tag, with the queue that says what goes first.
//
//   Dropped dropped;                              // let go when the lock is free again
//   std::lock_guard held(shard.lock);
//   shard.insert(*entry, hashes, dropped);
//
// Everything but the lock and queued() is guarded by the lock. The tables have the size that the store's
// bound calls for from the beginning: nothing is ever rehashed. Responses stand in chains through themselves,
// the newest first, so nothing is allocated either. The shard holds one reference of each.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/spin_lock.hpp"
#include "filters/cache/s3_fifo.hpp"
#include "filters/cache/stored_response.hpp"

namespace sluice::filters::cache {

inline constexpr std::size_t max_variants = 64;  // of one key

// By which a response is found; the URL's says in which shard it is.
struct StoreHashes {
  std::uint64_t url, key;
};

// Responses that were taken out of a shard.
class Dropped {
 public:
  Dropped() = default;
  Dropped(const Dropped&) = delete;
  ~Dropped();
  void add(StoredResponse& response) noexcept {
    ring_.push_back(response);
    ++count_;
  }
  std::size_t count() const noexcept { return count_; }

 private:
  Link ring_;
  std::size_t count_ = 0;
};

// The stored responses of a key that may answer, the newest first, each held.
class Candidates {
 public:
  Candidates() noexcept {}
  Candidates(const Candidates&) = delete;
  ~Candidates() {
    for (; next_ < count_; ++next_) intrusive_ptr_release(all_[next_]);
  }
  bool full() const noexcept { return count_ == max_variants; }
  void add(StoredResponse& response) noexcept {
    intrusive_ptr_add_ref(&response);
    all_[count_++] = &response;
  }
  StoredResponse::Ptr next() noexcept {
    return next_ < count_ ? StoredResponse::Ptr(all_[next_++], false) : nullptr;
  }

 private:
  unsigned count_ = 0, next_ = 0;
  std::array<StoredResponse*, max_variants> all_;  // `count_` of them
};

class StoreShard {
 public:
  using KeyHook = ChainHook<struct ByKey>;
  using UrlHook = ChainHook<struct ByUrl>;
  using Tag = StoredResponse::Tag;

  struct Sizes {
    std::size_t keys, urls, tags;  // buckets, powers of two
    std::size_t ghosts;
    std::size_t bytes() const noexcept;
  };
  explicit StoreShard(const Sizes& sizes);
  StoreShard(const StoreShard&) = delete;

  base::SpinLock lock;

  void collect(std::uint64_t hash, std::string_view key, Candidates& found) noexcept;
  // Takes the place of an older one of its key and variant. Its tags have their hashes.
  void insert(StoredResponse& response, const StoreHashes& hashes, Dropped& dropped) noexcept;
  void remove(StoredResponse& response, Dropped& dropped) noexcept;
  static bool holds(const StoredResponse& response) noexcept {
    return static_cast<const KeyHook&>(response).before != nullptr;
  }
  // Its body is whole: it may be evicted from now on.
  void admit(StoredResponse& response) noexcept;
  void evict(std::uint64_t wanted, int& steps, Dropped& dropped) noexcept;
  // Changes with each insert.
  std::uint64_t version() const noexcept { return version_; }

  std::size_t key_buckets() const noexcept { return sizes_.keys; }
  KeyHook* keys(std::size_t bucket) noexcept { return keys_[bucket]; }
  UrlHook* urls(std::uint64_t hash) noexcept { return urls_[hash & (sizes_.urls - 1)]; }
  ChainHook<Tag>* tags(std::uint32_t hash) noexcept { return tags_[hash & (sizes_.tags - 1)]; }

  // Bytes that may be evicted. Any thread.
  std::uint64_t queued() const noexcept { return queued_.load(std::memory_order_relaxed); }

 private:
  void make_place(StoredResponse& newcomer, std::uint64_t hash, Dropped& dropped) noexcept;
  void count_queued() noexcept { queued_.store(queue_.bytes(), std::memory_order_relaxed); }

  const Sizes sizes_;
  const std::unique_ptr<KeyHook*[]> keys_;
  const std::unique_ptr<UrlHook*[]> urls_;
  const std::unique_ptr<ChainHook<Tag>*[]> tags_;
  S3Fifo queue_;
  std::uint64_t version_ = 0;
  std::atomic<std::uint64_t> queued_{0};
};

}  // namespace sluice::filters::cache
