// Bell: waits of one worker that end when something happens, or at a time.
//
//   Bell ready;
//   Bell::Wait wait(ready, timers, give_up);
//   bool rung = co_await wait;                 // false: the time came first
//   ready.ring();                              // everybody who waits goes on
#pragma once
#include "sluice/timers.hpp"

namespace sluice::net {

class Bell {
 public:
  Bell() = default;
  Bell(const Bell&) = delete;

  class Wait {
   public:
    Wait(Bell& bell, Timers& timers, TimePoint until) noexcept : bell_(bell), timers_(timers), until_(until) {
      seat_.wait = alarm_.wait = this;
    }
    Wait(const Wait&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) noexcept {
      wake_.handle = h;
      bell_.seats_.push_back(seat_);
      if (until_ == TimePoint::max()) return;
      timers_.arm(alarm_, until_, [](Timer& t) { static_cast<Alarm&>(t).wait->wake(); });
    }
    bool await_resume() noexcept {
      alarm_.disarm();
      seat_.unlink();
      return rung_;
    }

   private:
    friend class Bell;
    struct Seat : Link {
      Wait* wait = nullptr;
    };
    struct Alarm : Timer {
      Wait* wait = nullptr;
    };
    void wake() noexcept { RunQueue::current().push(wake_); }

    Bell& bell_;
    Timers& timers_;
    TimePoint until_;
    Resumable wake_;
    Seat seat_;
    Alarm alarm_;
    bool rung_ = false;
  };

  void ring() noexcept {
    while (seats_.linked()) {
      auto& wait = *static_cast<Wait::Seat*>(seats_.next())->wait;
      wait.seat_.unlink();
      wait.rung_ = true;
      wait.wake();
    }
  }

 private:
  Link seats_;
};

}  // namespace sluice::net
