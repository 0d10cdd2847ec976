// A lock for a few dozen instructions that never wait: whoever finds it taken looks again, and lets others
// run where the holder was interrupted.
//
//   std::lock_guard held(shard.lock);
#pragma once
#include <atomic>
#include <thread>

namespace sluice::base {

class SpinLock {
 public:
  void lock() noexcept {
    while (taken_.exchange(true, std::memory_order_acquire)) wait();
  }
  bool try_lock() noexcept { return !taken_.exchange(true, std::memory_order_acquire); }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  // Reads until it is free: only then the cache line is asked for to be written.
  void wait() const noexcept {
    for (int looks = 0; taken_.load(std::memory_order_relaxed); ++looks) {
      if (looks < patience)
        relax();
      else
        std::this_thread::yield();
    }
  }
  static void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }
  static constexpr int patience = 64;

  std::atomic<bool> taken_{false};
};

}  // namespace sluice::base
