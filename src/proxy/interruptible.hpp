// Awaits a task until somebody else says that there is no point in it.
//
//   Interruptible<Unit> waiting(receive_head(...));
//   share(&waiting);                               // elsewhere: waiting.interrupt(error)
//   Result<Unit> got = co_await waiting;           // the task's result, or the error of the interruption
#pragma once
#include <optional>
#include <utility>

#include "sluice/result.hpp"
#include "sluice/run_queue.hpp"
#include "sluice/task.hpp"

namespace sluice::proxy {

template <class T>
class Interruptible {
 public:
  explicit Interruptible(Task<Result<T>> task) noexcept : task_(std::move(task)) {}
  Interruptible(const Interruptible&) = delete;

  // The first one counts. The task is destroyed when the one who awaits it goes on.
  void interrupt(const Error& why) noexcept {
    if (why_) return;
    why_ = why;
    if (wake_.handle) RunQueue::current().push(wake_);
  }

  bool await_ready() const noexcept { return why_.has_value(); }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    wake_.handle = waiting;
    return task_.await_suspend(waiting);
  }
  Result<T> await_resume() {
    wake_.unlink();  // both may have come in the same turn
    if (task_.done()) return task_.take();
    task_ = {};
    return *why_;
  }

 private:
  Task<Result<T>> task_;
  std::optional<Error> why_;
  Resumable wake_;
};

}  // namespace sluice::proxy
