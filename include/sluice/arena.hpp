// Arena: memory that lives as long as one exchange and is given back, to its worker, in one step. Runs no
// destructor, so only what needs none (views, heads, plain structs) lives in it, or what its owner destroys
// by hand (hooks). Bodies never do: a cache fill outlives its exchange.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "sluice/frame.hpp"

namespace sluice {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  ~Arena() { release(nullptr); }

  void* take(std::size_t size, std::size_t align = alignof(std::max_align_t)) {
    auto at = (cursor_ + align - 1) & ~(align - 1);
    if (at + size > limit_ || cursor_ == 0) return take_from_new_block(size, align);
    cursor_ = at + size;
    return reinterpret_cast<void*>(at);
  }

  char* bytes(std::size_t size) { return static_cast<char*>(take(size, 1)); }

  std::string_view copy(std::string_view s) {
    if (s.empty()) return {};
    char* d = bytes(s.size());
    std::memcpy(d, s.data(), s.size());
    return {d, s.size()};
  }

  std::string_view concat(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (auto p : parts) size += p.size();
    char* d = bytes(size);
    char* to = d;
    for (auto p : parts) to = std::copy_n(p.data(), p.size(), to);
    return {d, size};
  }

  template <class T, class... A>
  T* make(A&&... a) {
    return new (take(sizeof(T), alignof(T))) T(std::forward<A>(a)...);
  }

  // Everything taken is gone; the first block is kept for the next exchange.
  void reset() noexcept {
    if (!first_) return;
    if (last_ != first_) release(first_);
    open(first_);
  }

 private:
  struct Block {
    Block* before;
    std::size_t size;
  };
  static constexpr std::size_t block_size = 4096;

  void* take_from_new_block(std::size_t size, std::size_t align) {
    std::size_t needed = size + align + sizeof(Block);
    auto taken = std::max(needed, block_size);
    auto* b = static_cast<Block*>(frame_allocate(taken));
    b->before = last_;
    b->size = taken;
    if (!first_) first_ = b;
    open(b);
    return take(size, align);
  }
  void open(Block* b) noexcept {
    last_ = b;
    cursor_ = reinterpret_cast<std::uintptr_t>(b + 1);
    limit_ = reinterpret_cast<std::uintptr_t>(b) + b->size;
  }
  void release(Block* keep) noexcept {
    while (last_ && last_ != keep) {
      auto* b = last_;
      last_ = b->before;
      frame_release(b, b->size);
    }
  }

  std::uintptr_t cursor_ = 0;
  std::uintptr_t limit_ = 0;
  Block* first_ = nullptr;
  Block* last_ = nullptr;
};

}  // namespace sluice
