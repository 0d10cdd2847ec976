// Who is asking the origin for what, and who waits for the answer. Guarded by the lock of the key's shard.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "filters/cache/store_shard.hpp"
#include "filters/cache/stored_response.hpp"
#include "sluice/link.hpp"

namespace sluice::filters::cache {

// One request that goes up for all who would ask the same: for a key, and of what is known to differ by
// request one variant of it.
class Flight : public Link {
 public:
  Flight(const CacheKey& key, StoreHashes hashes, std::string variant)
      : hashes_(hashes), key_(key.text), url_(key.url), variant_(std::move(variant)) {}

  CacheKey key() const noexcept { return {key_, url_}; }
  const StoreHashes& hashes() const noexcept { return hashes_; }
  bool is_like(const Flight& o) const noexcept {
    return hashes_.key == o.hashes_.key && key_ == o.key_ && variant_ == o.variant_;
  }

  Link waiting;             // seats, who came first first
  std::uint64_t began = 0;  // by the log of purges

 private:
  const StoreHashes hashes_;
  const std::string key_;
  const std::size_t url_;
  const std::string variant_;
};

class Flights {
 public:
  Flight* find(const Flight& like) noexcept;
  void add(Flight& flight) noexcept { ring_of(flight).push_back(flight); }

 private:
  Link& ring_of(const Flight& flight) noexcept { return rings_[flight.hashes().key % rings_.size()]; }

  std::array<Link, 16> rings_;
};

inline Flight* Flights::find(const Flight& like) noexcept {
  auto& ring = ring_of(like);
  for (auto* link = ring.next(); link != &ring; link = link->next())
    if (auto* flight = static_cast<Flight*>(link); flight->is_like(like)) return flight;
  return nullptr;
}

}  // namespace sluice::filters::cache
