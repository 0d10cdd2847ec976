// The worker's queue of coroutines that may go on: the only place that resumes a waiting coroutine.
//
// A callback (of epoll, a timer, hiredis, another thread's message) never resumes anything itself; it pushes.
// So no coroutine runs inside somebody else's stack frame, and whoever runs the queue may destroy any of them
// between two resumptions.
#pragma once
#include <coroutine>
#include <cstddef>

#include "sluice/link.hpp"

namespace sluice {

struct Resumable : Link {
  std::coroutine_handle<> handle;
};

class RunQueue {
 public:
  void push(Resumable& r) noexcept { head_.push_back(r); }
  bool empty() const noexcept { return !head_.linked(); }

  // Resumes until nobody is left, those that join on the way included. Returns how many were resumed.
  std::size_t run() {
    std::size_t count = 0;
    for (; head_.linked(); ++count) {
      auto* r = static_cast<Resumable*>(head_.next());
      r->unlink();
      r->handle.resume();
    }
    return count;
  }

  // The queue of this thread. Exactly one RunQueue::Here is alive on a thread that runs coroutines: the
  // worker's, or the test's.
  static RunQueue& current() noexcept { return *current_; }

  class Here {
   public:
    explicit Here(RunQueue& q) noexcept : before_(current_) { current_ = &q; }
    Here(const Here&) = delete;
    ~Here() { current_ = before_; }

   private:
    RunQueue* before_;
  };

 private:
  Link head_;
  static inline constinit thread_local RunQueue* current_ = nullptr;
};

}  // namespace sluice
