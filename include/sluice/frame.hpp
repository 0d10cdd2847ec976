// Memory for coroutine frames, arenas and other short-lived things of one worker: free lists by size, no lock.
// Without a pool on the thread (base/frame_pool.hpp) these are malloc and free.
#pragma once
#include <cstddef>

namespace sluice {

void* frame_allocate(std::size_t size);
void frame_release(void* p, std::size_t size) noexcept;

// Objects of derived classes come from the worker's memory.
struct Recycled {
  static void* operator new(std::size_t size) { return frame_allocate(size); }
  static void operator delete(void* p, std::size_t size) noexcept { frame_release(p, size); }
};

}  // namespace sluice
