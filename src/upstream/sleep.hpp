// Sleeping in a coroutine.
//
//   Sleep sleep(timers, timers.now() + 5s);
//   co_await sleep;
#pragma once
#include "sluice/timers.hpp"

namespace sluice::upstream {

class Sleep {
 public:
  Sleep(Timers& timers, TimePoint until) noexcept : timers_(timers), until_(until) {}
  Sleep(const Sleep&) = delete;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) noexcept {
    alarm_.sleeper.handle = h;
    timers_.arm(alarm_, until_, [](Timer& t) { RunQueue::current().push(static_cast<Alarm&>(t).sleeper); });
  }
  void await_resume() const noexcept {}

 private:
  struct Alarm : Timer {
    Resumable sleeper;
  };
  Timers& timers_;
  TimePoint until_;
  Alarm alarm_;
};

}  // namespace sluice::upstream
