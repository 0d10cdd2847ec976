// The worker's memory for coroutine frames (sluice/frame.hpp), and whose it is.
#pragma once
#include "sluice/frame.hpp"

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
    FrameLists* before_;
  };

  static constexpr std::size_t kept = 1024;  // of each class; a burst's memory is given back

 private:
  FrameLists lists_;
};

}  // namespace sluice::base
