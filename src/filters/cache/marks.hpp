// What is remembered of keys under which nothing is stored, for a short time: that it makes no sense to wait
// for one another's answer, that answers are each caller's own, that the origin has just failed.
//
//   marks.set(x.worker, Mark::passes, key, now + 10s);
//   if (marks.has(x.worker, Mark::passes, key, now)) ...      // everybody goes up at once
//
// A table of fixed size for each worker, where the newer takes the place of the older: what it forgets costs
// one request that waits.
#pragma once
#include <array>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "base/keyed_hash.hpp"
#include "sluice/clock.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::cache {

enum class Mark : std::uint8_t {
  passes,  // what comes is not stored, or is stale at once
  apart,   // of a key for everybody: what comes is for one caller alone
  failing  // the origin
};

class Marks {
 public:
  explicit Marks(unsigned workers) : seed_{random_bits(), random_bits()}, tables_(workers) {}

  void set(const Worker& worker, Mark mark, std::string_view key, TimePoint until) noexcept {
    auto hash = hash_of(mark, key);
    tables_[worker.index][hash % slots] = {hash, until};
  }
  bool has(const Worker& worker, Mark mark, std::string_view key, TimePoint now) const noexcept {
    auto hash = hash_of(mark, key);
    auto& slot = tables_[worker.index][hash % slots];
    return slot.hash == hash && slot.until > now;
  }

 private:
  static constexpr std::size_t slots = 1024;
  struct alignas(16) Slot {
    std::uint64_t hash = 0;
    TimePoint until{};
  };
  using Table = std::array<Slot, slots>;

  static std::uint64_t random_bits() {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32 | device();
  }
  std::uint64_t hash_of(Mark mark, std::string_view key) const noexcept {
    char kind = static_cast<char>(mark);
    return base::KeyedHash<>(seed_).add(key).add({&kind, 1}).finish();
  }

  const base::HashSeed seed_;
  std::vector<Table> tables_;
};

}  // namespace sluice::filters::cache
