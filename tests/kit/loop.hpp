// A worker without threads or sockets: whatever waits goes on when the test says so.
//
//   kit::Loop loop;
//   scope.spawn(gateway.serve(exchange, sink));
//   loop.spin();                  // until nobody can go on
//   loop.advance(30ms);           // the clock is the test's; the wall clock too, if it gives one
#pragma once
#include "base/frame_pool.hpp"
#include "base/mailbox.hpp"
#include "base/timer_wheel.hpp"
#include "sluice/run_queue.hpp"
#include "sluice/scope.hpp"
#include "sluice/worker.hpp"

namespace sluice::kit {

class Loop {
  base::FramePool frames_;
  base::FramePool::Here frames_here_{frames_};
  RunQueue queue_;
  RunQueue::Here queue_here_{queue_};

 public:
  explicit Loop(WallPoint (*wall)() = wall_now) : timers(TimePoint(std::chrono::hours(1)), nullptr, wall) {}

  TimerWheel timers;
  Mailbox mailbox;
  Scope background;
  Worker worker{0, timers, mailbox, background};

  void spin() {
    while (queue_.run() + mailbox.drain() > 0) {
    }
  }
  // In steps, as a loop that is woken for every timer would.
  void advance(Duration d) {
    for (auto end = timers.now() + d; timers.now() < end; spin())
      timers.advance(std::min(end, std::max(timers.now() + TimerWheel::tick, timers.next())));
  }
};

}  // namespace sluice::kit
