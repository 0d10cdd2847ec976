// Memory for coroutine frames, arenas and other short-lived things of one worker: free lists by size, no
// lock. Without lists on the thread (base/frame_pool.hpp) these are malloc and free.
#pragma once
#include <array>
#include <cstddef>

namespace sluice {

// One list for each size class; what is larger than the last class is malloc's.
struct FrameLists {
  static constexpr std::size_t granule = 64;
  static constexpr std::size_t classes = 66;  // up to an arena's first block

  struct Node {
    Node* next;
  };
  struct List {
    Node* first = nullptr;
    std::size_t size = 0;
  };

  std::array<List, classes> free{};

  static constexpr std::size_t class_of(std::size_t size) noexcept { return (size + granule - 1) / granule; }
  // This thread's, or null.
  static inline constinit thread_local FrameLists* here = nullptr;
};

namespace detail {
void* frame_from_heap(std::size_t size_class);
void frame_to_list(void* p, std::size_t size_class) noexcept;
}  // namespace detail

inline void* frame_allocate(std::size_t size) {
  auto size_class = FrameLists::class_of(size);
  if (auto* lists = FrameLists::here; lists && size_class < FrameLists::classes)
    if (auto& list = lists->free[size_class]; list.first) {
      auto* node = list.first;
      list.first = node->next;
      --list.size;
      return node;
    }
  return detail::frame_from_heap(size_class);
}

inline void frame_release(void* p, std::size_t size) noexcept {
  detail::frame_to_list(p, FrameLists::class_of(size));
}

// Objects of derived classes come from the worker's memory.
struct Recycled {
  static void* operator new(std::size_t size) { return frame_allocate(size); }
  static void operator delete(void* p, std::size_t size) noexcept { frame_release(p, size); }
};

}  // namespace sluice
