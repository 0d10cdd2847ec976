// Threads that hash passwords, since that takes a tenth of a second on purpose and a worker may not wait.
//
//   PendingCheck pending(x.worker, user.hash, password);        // in the coroutine's frame
//   if (!hashing.take(pending)) refuse(503);
//   auto& answer = pending.answer();
//   auto right = co_await answer;                               // Result<bool>
//
// The coroutine may die at any time: then nobody is told. A queue that is full takes nothing, so that
// guessing passwords cannot keep more than these threads busy, nor for long.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sluice/waiter.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::basic_auth {

class PendingCheck {
 public:
  PendingCheck(Worker& worker, std::string hash, std::string_view password);
  PendingCheck(const PendingCheck&) = delete;
  ~PendingCheck();

  Waiter<bool>& answer() noexcept { return waiter_; }

 private:
  friend class Hashing;
  struct Job;

  std::shared_ptr<Job> job_;
  Waiter<bool> waiter_;  // dies before the resolver that the job may still hold
};

class Hashing {
 public:
  static constexpr std::size_t most_waiting = 64;

  explicit Hashing(unsigned threads);
  Hashing(const Hashing&) = delete;
  ~Hashing();  // what waits is never told

  // False: too many wait already.
  bool take(const PendingCheck& pending);

 private:
  using Job = PendingCheck::Job;
  void work();
  std::shared_ptr<Job> next();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> waiting_;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::filters::basic_auth
