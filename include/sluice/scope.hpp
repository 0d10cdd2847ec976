// Scope: the owner of running children. Its destructor cancels those that still run. Upload pump, tunnel,
// hedge, mirror and background fill are all a Scope.
//
//   Scope children;
//   children.spawn(pump(request, upstream));    // starts at the next turn of the run queue
//
// cancel() is called by the child's owner or by the loop, never from inside one of the children.
#pragma once
#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

#include "sluice/run_queue.hpp"
#include "sluice/task.hpp"

namespace sluice {

class Scope {
 public:
  Scope() = default;
  Scope(const Scope&) = delete;
  ~Scope() { cancel(); }

  void spawn(Task<Unit> task) { drive(*this, std::move(task)); }
  bool empty() const noexcept { return !children_.linked(); }

  void cancel() noexcept {
    while (children_.linked()) static_cast<Member*>(children_.next())->handle.destroy();
  }

  // What escaped from the last child that threw, or null. A child is expected to handle its own faults; the
  // scope keeps one that it did not, so that the owner can log it.
  std::exception_ptr fault() const noexcept { return fault_; }

 private:
  struct Member : Link {
    std::coroutine_handle<> handle;
  };
  struct Root {
    struct promise_type : Recycled {
      Member member;
      Resumable begin;
      Scope& scope;

      promise_type(Scope& s, Task<Unit>&) noexcept : scope(s) {
        member.handle = begin.handle = std::coroutine_handle<promise_type>::from_promise(*this);
        s.children_.push_back(member);
        RunQueue::current().push(begin);
      }
      Root get_return_object() const noexcept { return {}; }
      std::suspend_always initial_suspend() const noexcept { return {}; }
      std::suspend_never final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() noexcept { scope.fault_ = std::current_exception(); }
    };
  };
  static Root drive(Scope&, Task<Unit> task) { co_await task; }

  Link children_;
  std::exception_ptr fault_;
};

}  // namespace sluice
