// Several workers on threads of their own, for as long as a test lives.
//
//   Crew crew(2);
//   crew.on(1, [&](kit::Loop& loop) { ... });      // runs there, some time soon
//   crew.wait(1, [&](kit::Loop& loop) { ... });    // and has run
#pragma once
#include <barrier>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "kit/loop.hpp"

namespace sluice::filters::cache {

class Crew {
 public:
  using Job = std::function<void(kit::Loop&)>;

  explicit Crew(unsigned count) : loops_(count), ready_(count), stopped_(count) {
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this, i] { work(i); });
    ready_.wait();
  }
  Crew(const Crew&) = delete;
  ~Crew() {
    stop_ = true;
    for (auto& t : threads_) t.join();
  }

  void on(unsigned worker, Job job) {
    auto* loop = loops_[worker];
    loop->mailbox.post([loop, job = std::move(job)] { job(*loop); });
  }
  void wait(unsigned worker, Job job) {
    std::latch done(1);
    on(worker, [&](kit::Loop& loop) {
      job(loop);
      done.count_down();
    });
    done.wait();
  }
  // Turns of the loops until it is so, from another thread.
  template <class Condition>
  static bool becomes(Condition condition) {
    auto end = Clock::now() + std::chrono::seconds(20);
    while (!condition())
      if (std::this_thread::yield(); Clock::now() > end) return false;
    return true;
  }

 private:
  // What one worker has from another may be in the mail of both, so none goes before all have stopped.
  void work(unsigned i) {
    kit::Loop loop;
    auto epoch = loop.timers.now();
    auto begin = Clock::now();
    loops_[i] = &loop;
    ready_.count_down();
    while (!stop_) {
      loop.spin();
      loop.timers.advance(epoch + (Clock::now() - begin));
      std::this_thread::yield();
    }
    loop.background.cancel();
    loop.spin();
    stopped_.arrive_and_wait();
  }

  std::vector<kit::Loop*> loops_;
  std::latch ready_;
  std::barrier<> stopped_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace sluice::filters::cache
