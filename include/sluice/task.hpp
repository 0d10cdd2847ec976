// Task<T>: the project's coroutine. Lazy, with one owner; destroying a suspended one is how it is cancelled:
// its frame unwinds, and every leaf that it waited on unhooks itself. There is no cancellation token.
//
//   Task<Result<Unit>> greet(Stream& s) {
//     auto written = s.write("hello");       // name it, then await it (docs/decisions/coroutines.md)
//     co_return co_await written;
//   }
#pragma once
#include <coroutine>
#include <exception>
#include <utility>
#include <variant>

#include "sluice/frame.hpp"
#include "sluice/result.hpp"

namespace sluice {

template <class T = Unit>
class [[nodiscard]] Task {
 public:
  struct promise_type : Recycled {
    struct Final {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) const noexcept {
        return h.promise().continuation;
      }
      void await_resume() const noexcept {}
    };

    std::coroutine_handle<> continuation = std::noop_coroutine();
    std::variant<std::monostate, T, std::exception_ptr> outcome;

    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    Final final_suspend() const noexcept { return {}; }
    void return_value(T value) { outcome.template emplace<1>(std::move(value)); }
    void unhandled_exception() noexcept { outcome.template emplace<2>(std::current_exception()); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle h) noexcept : h_(h) {}
  Task(Task&& o) noexcept : h_(std::exchange(o.h_, {})) {}
  Task& operator=(Task&& o) noexcept {
    if (this != &o) {
      destroy();
      h_ = std::exchange(o.h_, {});
    }
    return *this;
  }
  ~Task() { destroy(); }

  explicit operator bool() const noexcept { return static_cast<bool>(h_); }
  bool done() const noexcept { return h_.done(); }
  void start() { h_.resume(); }

  // The value of a finished task; rethrows what escaped from it.
  T take() {
    auto& o = h_.promise().outcome;
    if (auto* fault = std::get_if<2>(&o)) std::rethrow_exception(*fault);
    return std::move(*std::get_if<1>(&o));
  }

  bool await_ready() const noexcept { return h_.done(); }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    h_.promise().continuation = waiting;
    return h_;
  }
  T await_resume() { return take(); }

 private:
  void destroy() noexcept {
    if (h_) std::exchange(h_, {}).destroy();
  }

  Handle h_;
};

}  // namespace sluice
