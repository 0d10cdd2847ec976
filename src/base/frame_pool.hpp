// The worker's memory for coroutine frames: one free list for each size class of 64 bytes.
#pragma once
#include <array>
#include <cstddef>

namespace sluice::base {

// Owned by a worker thread. What frame_allocate() handed out may come back after the pool is gone (then it is
// freed), so a pool has no order to keep with the tasks that it served.
class FramePool {
 public:
  FramePool() = default;
  FramePool(const FramePool&) = delete;
  ~FramePool();

  // Makes a pool this thread's own for as long as it lives.
  class Here {
   public:
    explicit Here(FramePool& pool) noexcept;
    Here(const Here&) = delete;
    ~Here();

   private:
    FramePool* before_;
  };

  void* allocate(std::size_t size_class);
  void release(void* p, std::size_t size_class) noexcept;

  static constexpr std::size_t granule = 64;
  static constexpr std::size_t classes = 66;  // up to an arena's first block; what is larger is malloc's
  static constexpr std::size_t kept = 1024;   // of each class; a burst's memory is given back

 private:
  struct Node {
    Node* next;
  };
  struct List {
    Node* first = nullptr;
    std::size_t size = 0;
  };
  std::array<List, classes> free_{};
};

}  // namespace sluice::base
