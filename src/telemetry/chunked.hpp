// An array that only grows, whose elements never move: one thread at a time makes elements, any thread reads
// them without a lock.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <utility>

namespace sluice::telemetry {

template <class T, std::size_t chunk_size = 64, std::size_t capacity_ = 65536>
class Chunked {
 public:
  static constexpr std::size_t capacity = capacity_;
  static_assert(capacity % chunk_size == 0);

  Chunked() = default;
  Chunked(const Chunked&) = delete;
  ~Chunked() {
    for (auto& chunk : chunks_) delete chunk.load(std::memory_order_relaxed);
  }

  // The owner's: made, with its neighbours, when it is asked for the first time.
  T& at(std::size_t index) {
    auto& slot = chunks_[index / chunk_size];
    auto* chunk = slot.load(std::memory_order_relaxed);
    if (chunk == nullptr) [[unlikely]]
      chunk = make(slot);
    return (*chunk)[index % chunk_size];
  }

  // Anybody's: null where the owner has not been yet.
  const T* find(std::size_t index) const noexcept {
    auto* chunk = chunks_[index / chunk_size].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : &(*chunk)[index % chunk_size];
  }
  T* find(std::size_t index) noexcept { return const_cast<T*>(std::as_const(*this).find(index)); }

 private:
  using Chunk = std::array<T, chunk_size>;

  [[gnu::noinline]] static Chunk* make(std::atomic<Chunk*>& slot) {
    auto* chunk = new Chunk();
    slot.store(chunk, std::memory_order_release);
    return chunk;
  }

  std::array<std::atomic<Chunk*>, capacity / chunk_size> chunks_{};
};

}  // namespace sluice::telemetry
