// Eventual<T>: a T now, or a Task<T>. What is ready costs no coroutine frame, and a unit test of something
// that is ready needs no event loop.
//
//   return store.take(bucket).then([&](Result<Grant> g) -> Eventual<Verdict> { ... });
#pragma once
#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>
#include <variant>

#include "sluice/task.hpp"

namespace sluice {

template <class T>
class Eventual;

namespace detail {
// What `then` makes of a function's result: U, Task<U> and Eventual<U> all become Eventual<U>.
template <class U>
struct Flat {
  using type = U;
};
template <class U>
struct Flat<Task<U>> {
  using type = U;
};
template <class U>
struct Flat<Eventual<U>> {
  using type = U;
};
}  // namespace detail

template <class T>
class [[nodiscard]] Eventual {
 public:
  Eventual(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Eventual(Task<T> task) noexcept : v_(std::in_place_index<1>, std::move(task)) {}
  template <class U>
  requires(std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, Eventual> &&
           !std::same_as<std::remove_cvref_t<U>, T> && !std::same_as<std::remove_cvref_t<U>, Task<T>>)
      Eventual(U&& u)
      : v_(std::in_place_index<0>, T(std::forward<U>(u))) {}

  bool ready() const noexcept { return v_.index() == 0; }
  T& value() noexcept { return *std::get_if<0>(&v_); }
  Task<T>& task() noexcept { return *std::get_if<1>(&v_); }

  bool await_ready() const noexcept { return ready(); }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    return task().await_suspend(waiting);
  }
  T await_resume() { return ready() ? std::move(value()) : task().take(); }

  // Runs f at once on a ready value, makes a coroutine only otherwise.
  template <class F>
  auto then(F f) && -> Eventual<typename detail::Flat<std::invoke_result_t<F, T>>::type> {
    using U = typename detail::Flat<std::invoke_result_t<F, T>>::type;
    if (ready()) return f(std::move(value()));
    return later<F, U>(std::move(task()), std::move(f));
  }

 private:
  template <class F, class U>
  static Task<U> later(Task<T> task, F f) {
    Eventual<U> rest = f(co_await task);
    co_return co_await rest;
  }

  std::variant<T, Task<T>> v_;
};

}  // namespace sluice
