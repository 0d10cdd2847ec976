// Deadlines of one worker. A Timer is an intrusive node: arming and disarming are O(1) and allocate nothing,
// and a Timer that dies is disarmed. Fires up to one tick (4 ms) late, never early.
//
//   Within<Reply> bounded(timers, timers.now() + 20ms, ask(store));
//   Result<Reply> reply = co_await bounded;      // Error::deadline, and the loser was destroyed
#pragma once
#include <coroutine>
#include <utility>

#include "sluice/clock.hpp"
#include "sluice/link.hpp"
#include "sluice/result.hpp"
#include "sluice/run_queue.hpp"
#include "sluice/task.hpp"

namespace sluice {

class Timer : public Link {
 public:
  TimePoint at() const noexcept { return at_; }
  bool armed() const noexcept { return linked(); }
  void disarm() noexcept { unlink(); }

 private:
  friend class TimerWheel;
  TimePoint at_{};
  void (*fire_)(Timer&) = nullptr;
};

class Timers {
 public:
  virtual ~Timers() = default;

  // The time of this turn of the loop: read once a turn, not at every call.
  TimePoint now() const noexcept { return now_; }
  // Reads the clock: for durations within a turn.
  virtual TimePoint exact() const noexcept { return now_; }
  // The wall clock, which is asked once in a turn, by the first who wants to know.
  WallPoint wall() const noexcept {
    if (wall_turn_ != now_) {
      wall_ = read_wall();
      wall_turn_ = now_;
    }
    return wall_;
  }

  // `fire` is called once, at or after `at`, from the loop; it may arm the timer again. Arming an armed timer
  // moves it. It must not resume a coroutine: it pushes to the run queue.
  virtual void arm(Timer& timer, TimePoint at, void (*fire)(Timer&)) noexcept = 0;

 protected:
  TimePoint now_{};

 private:
  virtual WallPoint read_wall() const noexcept { return wall_now(); }

  mutable TimePoint wall_turn_ = TimePoint::min();  // when it was asked
  mutable WallPoint wall_{};
};

// Awaits a task until a deadline; whichever comes second is destroyed.
template <class T>
class Within {
 public:
  Within(Timers& timers, TimePoint at, Task<Result<T>> task) noexcept
      : task_(std::move(task)), timers_(timers), at_(at) {}
  Within(const Within&) = delete;

  // Moves the deadline: an upload that goes on earns more time. TimePoint::max() lifts it.
  void extend(TimePoint at) noexcept {
    at_ = at;
    if (!started_ || late_) return;
    if (at == TimePoint::max())
      alarm_.disarm();
    else
      arm();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    started_ = true;
    wake_.handle = waiting;
    alarm_.self = this;
    if (at_ != TimePoint::max()) arm();
    return task_.await_suspend(waiting);
  }
  Result<T> await_resume() {
    alarm_.disarm();
    wake_.unlink();  // both may have come in the same turn
    if (task_.done()) return task_.take();
    task_ = {};
    return Error(Error::Kind::deadline);
  }

 private:
  struct Alarm : Timer {
    Within* self = nullptr;
  };
  void arm() noexcept {
    timers_.arm(alarm_, at_, [](Timer& t) {
      auto* self = static_cast<Alarm&>(t).self;
      self->late_ = true;
      RunQueue::current().push(self->wake_);
    });
  }

  Task<Result<T>> task_;
  Timers& timers_;
  TimePoint at_;
  Resumable wake_;
  Alarm alarm_;
  bool started_ = false;
  bool late_ = false;
};

}  // namespace sluice
