// A bounded table of buckets, for one thread at a time: open addressing, 32 bytes a bucket at a load of at
// most three quarters. A full bucket is the same as none, so those that have filled up are dropped, a few at
// each insertion.
//
//   BucketTable table(4000);
//   BucketTable::Cell* cell = table.find(hash);           // null: the bucket is full
//   BucketTable::Cell& made = table.insert(hash, now);    // pointers to other cells end here
#pragma once
#include <cstddef>
#include <vector>

#include "base/token_bucket.hpp"

namespace sluice::filters::rate_limit {

class BucketTable {
 public:
  class Cell {
   public:
    base::TokenBucket bucket(const base::BucketRule& rule) const noexcept {
      return base::TokenBucket::restore(rule, at_, whole_, part_);
    }
    // `full`: when it will be.
    void put(const base::TokenBucket& bucket, TimePoint full) noexcept {
      at_ = bucket.at();
      whole_ = static_cast<std::uint32_t>(bucket.whole());
      part_ = bucket.part();
      full_ = ticks(full) + 1;
    }

   private:
    friend class BucketTable;
    // About a second each, so that 32 bits last for more than a century.
    static std::uint32_t ticks(TimePoint at) noexcept {
      return static_cast<std::uint32_t>(static_cast<std::uint64_t>(at.time_since_epoch().count()) >> 30);
    }

    std::uint64_t hash_ = 0;  // 0: nobody is here
    TimePoint at_{};
    std::uint64_t part_ = 0;
    std::uint32_t whole_ = 0;
    std::uint32_t full_ = 0;  // when it is full, in ticks, rounded up
  };
  static_assert(sizeof(Cell) == 32);

  // Hash 0 is taken for 1.
  explicit BucketTable(std::size_t most) noexcept : most_(most) {}

  Cell* find(std::uint64_t hash) noexcept {
    if (cells_.empty()) return nullptr;
    auto& cell = cells_[place(named(hash))];
    return cell.hash_ == 0 ? nullptr : &cell;
  }
  // Of a hash that is not there. Where the table holds `most` live buckets it loses one: of the next few, the
  // one that is nearest to being full.
  Cell& insert(std::uint64_t hash, TimePoint now);
  // Whether it was there.
  bool erase(std::uint64_t hash) noexcept;

  // Fewer than there are now: the table shrinks no further than by what fills up.
  void bound(std::size_t most) noexcept { most_ = most; }
  std::size_t size() const noexcept { return size_; }
  std::uint64_t evicted() const noexcept { return evicted_; }
  std::size_t bytes() const noexcept { return cells_.capacity() * sizeof(Cell); }

 private:
  static constexpr std::size_t smallest = 16;
  static constexpr std::size_t swept_at_once = 4;
  static constexpr std::size_t sample = 16;

  static std::uint64_t named(std::uint64_t hash) noexcept { return hash == 0 ? 1 : hash; }
  // The high bits say where, so that the order of hashes is the order of places whatever the size.
  std::size_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(base::Wide(hash) * cells_.size() >> 64);
  }
  std::size_t after(std::size_t at) const noexcept { return at + 1 == cells_.size() ? 0 : at + 1; }
  // Of the hash, or of the gap that ends the search for it.
  std::size_t place(std::uint64_t hash) const noexcept {
    auto at = home(hash);
    while (cells_[at].hash_ != hash && cells_[at].hash_ != 0) at = after(at);
    return at;
  }
  void remove(std::size_t at) noexcept;
  void make_room(TimePoint now);
  void sweep(TimePoint now) noexcept;
  void evict() noexcept;
  void grow();

  std::vector<Cell> cells_;
  std::size_t most_;
  std::size_t size_ = 0;
  std::size_t hand_ = 0;  // where sweeping goes on
  std::uint64_t evicted_ = 0;
};

}  // namespace sluice::filters::rate_limit
