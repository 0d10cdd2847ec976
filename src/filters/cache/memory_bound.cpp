#include "filters/cache/memory_bound.hpp"

namespace sluice::filters::cache {
namespace {

constexpr int tries = 4;  // others take the room that was made

}  // namespace

bool MemoryBound::take(std::size_t bytes) noexcept {
  if (bytes > most_) return false;
  for (int i = 0; i < tries; ++i) {
    if (take_if_free(bytes)) return true;
    auto would_be = used() + bytes;
    if (would_be > most_ && !make_room(would_be - most_)) break;
  }
  return take_if_free(bytes);
}

bool MemoryBound::take_if_free(std::size_t bytes) noexcept {
  auto now = used_.load(std::memory_order_relaxed);
  while (now - own + bytes <= most_)
    if (used_.compare_exchange_weak(now, now + bytes, std::memory_order_relaxed)) {
      level_.add_elsewhere(static_cast<std::int64_t>(bytes));
      return true;
    }
  return false;
}

void MemoryBound::give_back(std::size_t bytes) noexcept {
  level_.add_elsewhere(-static_cast<std::int64_t>(bytes));
  release(bytes);
}

void MemoryBound::release(std::uint64_t bytes) noexcept {
  if (used_.fetch_sub(bytes, std::memory_order_acq_rel) == bytes) delete this;
}

}  // namespace sluice::filters::cache
