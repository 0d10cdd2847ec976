// A wait that ends at a time, or when somebody has a reason to end it.
//
//   Pause pause(worker.timers, worker.timers.now() + 200ms);
//   co_await pause;                         // pause.cut() from the same worker ends it now
#pragma once
#include "sluice/timers.hpp"

namespace sluice::filters::cache {

class Pause {
 public:
  Pause(Timers& timers, TimePoint until) noexcept : timers_(timers), until_(until) { alarm_.pause = this; }
  Pause(const Pause&) = delete;

  void cut() noexcept {
    alarm_.disarm();
    if (wake_.handle) RunQueue::current().push(wake_);
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) noexcept {
    wake_.handle = h;
    timers_.arm(alarm_, until_, [](Timer& t) { static_cast<Alarm&>(t).pause->cut(); });
  }
  void await_resume() noexcept {}

 private:
  struct Alarm : Timer {
    Pause* pause = nullptr;
  };

  Timers& timers_;
  TimePoint until_;
  Resumable wake_;
  Alarm alarm_;
};

}  // namespace sluice::filters::cache
