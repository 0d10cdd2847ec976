#include "filters/cache/memory_bound.hpp"

#include <sys/mman.h>

#include <cstdlib>

namespace sluice::filters::cache {
namespace {

constexpr int tries = 4;  // others take the room that was made

bool is_paged(std::size_t charge) noexcept {
  return charge > heap_size(largest_in_heap);
}

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

void* allocate(std::size_t charge) noexcept {
  return is_paged(charge) ? allocate_pages(charge) : std::malloc(charge - 8);
}

void release(void* memory, std::size_t charge) noexcept {
  if (is_paged(charge))
    release_pages(memory, charge);
  else
    std::free(memory);
}

void* allocate_pages(std::size_t bytes) noexcept {
  auto* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}

void release_pages(void* memory, std::size_t bytes) noexcept {
  ::munmap(memory, bytes);
}

}  // namespace sluice::filters::cache
