// Waiter and Resolver: the two ends of one wait on one worker. Either may die first; nothing is allocated.
//
//   Waiter<Reply> waiter;                       // in the coroutine's frame
//   connection.ask(query, waiter.resolver());   // the other end goes to whoever will answer
//   Result<Reply> reply = co_await waiter;
//
// A resolver that dies unanswered answers Error::abandoned; one whose waiter is gone answers nobody, and
// wanted() tells. For an answer from another thread see base/desk.hpp.
#pragma once
#include <coroutine>
#include <optional>
#include <utility>

#include "sluice/result.hpp"
#include "sluice/run_queue.hpp"

namespace sluice {

template <class T>
class Resolver;

template <class T>
class Waiter : Resumable {
 public:
  Waiter() = default;
  ~Waiter() {
    if (resolver_) resolver_->waiter_ = nullptr;
  }

  Resolver<T> resolver() noexcept { return Resolver<T>(*this); }

  bool await_ready() const noexcept { return value_.has_value(); }
  void await_suspend(std::coroutine_handle<> h) noexcept { handle = h; }
  Result<T> await_resume() { return std::move(*value_); }

 private:
  friend class Resolver<T>;
  Resolver<T>* resolver_ = nullptr;
  std::optional<Result<T>> value_;
};

template <class T>
class Resolver {
 public:
  Resolver() = default;
  Resolver(Resolver&& o) noexcept : waiter_(std::exchange(o.waiter_, nullptr)) { adopt(); }
  Resolver& operator=(Resolver&& o) noexcept {
    if (this != &o) {
      drop();
      waiter_ = std::exchange(o.waiter_, nullptr);
      adopt();
    }
    return *this;
  }
  ~Resolver() { drop(); }

  bool wanted() const noexcept { return waiter_ != nullptr; }

  void operator()(Result<T> result) {
    if (!waiter_) return;
    auto* w = std::exchange(waiter_, nullptr);
    w->resolver_ = nullptr;
    w->value_.emplace(std::move(result));
    if (w->handle) RunQueue::current().push(*w);
  }

 private:
  friend class Waiter<T>;
  explicit Resolver(Waiter<T>& w) noexcept : waiter_(&w) { adopt(); }
  void adopt() noexcept {
    if (waiter_) waiter_->resolver_ = this;
  }
  void drop() noexcept {
    if (waiter_) (*this)(Error(Error::Kind::abandoned));
  }

  Waiter<T>* waiter_ = nullptr;
};

}  // namespace sluice
