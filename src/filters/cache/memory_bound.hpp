// The bound on everything that a store keeps: taken before memory is, given back after it was freed. So what
// is still read after it left the store counts for as long as it is there.
//
//   if (!bound.take(size)) return nullptr;       // there is no room, and none could be made
//   ...
//   bound.give_back(size);
//
// Any thread. Whoever has bytes of it may use it; it goes with the last of them once it is closed.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "sluice/metrics.hpp"

namespace sluice::filters::cache {

class MemoryBound {
 public:
  MemoryBound(std::uint64_t most, Gauge level) noexcept : most_(most), level_(level) {}
  MemoryBound(const MemoryBound&) = delete;

  bool take(std::size_t bytes) noexcept;
  void give_back(std::size_t bytes) noexcept;
  // Whoever made it wants it no more: it deletes itself, now or when the last byte comes back.
  void close() noexcept { release(own); }

  std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed) - own; }
  std::uint64_t most() const noexcept { return most_; }

 protected:
  virtual ~MemoryBound() = default;

 private:
  static constexpr std::uint64_t own = std::uint64_t{1} << 62;  // until it is closed

  // Lets go of about so many bytes. False: there is nothing to let go of.
  virtual bool make_room(std::uint64_t bytes) noexcept = 0;
  bool take_if_free(std::size_t bytes) noexcept;
  void release(std::uint64_t bytes) noexcept;

  const std::uint64_t most_;
  const Gauge level_;
  std::atomic<std::uint64_t> used_{own};
};

// Bytes that were taken, for as long as it lives.
class Charge {
 public:
  Charge() = default;
  Charge(MemoryBound& bound, std::size_t bytes) noexcept
      : bound_(bound.take(bytes) ? &bound : nullptr), bytes_(bytes) {}
  Charge(Charge&& o) noexcept : bound_(std::exchange(o.bound_, nullptr)), bytes_(o.bytes_) {}
  Charge& operator=(Charge&& o) noexcept {
    std::swap(bound_, o.bound_);
    std::swap(bytes_, o.bytes_);
    return *this;
  }
  ~Charge() {
    if (bound_) bound_->give_back(bytes_);
  }
  explicit operator bool() const noexcept { return bound_ != nullptr; }

 private:
  MemoryBound* bound_ = nullptr;
  std::size_t bytes_ = 0;
};

// What the heap takes for so many bytes.
constexpr std::size_t heap_size(std::size_t bytes) noexcept {
  return (bytes + 8 + 15) / 16 * 16;
}

// What is stored has memory of its own kind: large pieces are whole pages, which go back to the system when
// they are given up; in the heap they would leave holes that nothing else fits.
inline constexpr std::size_t largest_in_heap = 256 * 1024;
constexpr std::size_t charge_of(std::size_t bytes) noexcept {
  return bytes <= largest_in_heap ? heap_size(bytes) : (bytes + 4095) / 4096 * 4096;
}
// By what charge_of() says of its size. Null: there is none.
void* allocate(std::size_t charge) noexcept;
void release(void* memory, std::size_t charge) noexcept;
// Whole pages, whatever the size.
void* allocate_pages(std::size_t bytes) noexcept;
void release_pages(void* memory, std::size_t bytes) noexcept;

}  // namespace sluice::filters::cache
