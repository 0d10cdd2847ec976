// A wait on one worker that another thread answers, in a ring of such waits under somebody's lock. What the
// other thread holds is the seat, never a pointer into a coroutine's frame; the answer comes by mail, and one
// that finds the seat left is dropped with it.
//
//   Sitting<Unit> sitting(worker, lock);               // in the waiting coroutine's frame
//   if (sitting.down(ring, [&] { return !ready(); })) auto woken = co_await sitting.answer;
//
//   if (auto seat = next_seat<Unit>(ring)) ...         // under the lock; it is in the ring no more
//   Seat<Unit>::answer(std::move(seat), Unit{});       // without it, any thread
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/mailbox.hpp"
#include "base/spin_lock.hpp"
#include "sluice/link.hpp"
#include "sluice/waiter.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::cache {

template <class T>
class Seat : public Link, public std::enable_shared_from_this<Seat<T>> {
 public:
  Seat(Worker& worker, Resolver<T> resolver) noexcept
      : mailbox_(worker.mailbox), resolver_(std::move(resolver)) {}

  // `here` is the mailbox of the thread that it is called on, if that is a worker's: no letter to oneself.
  static void answer(std::shared_ptr<Seat> seat, Result<T> answer, const Mailbox* here = nullptr) {
    seat->answer_.emplace(std::move(answer));
    auto& mailbox = seat->mailbox_;
    if (&mailbox == here) return seat->deliver();
    mailbox.post([seat = std::move(seat)] { seat->deliver(); });
  }

 private:
  void deliver() {
    if (resolver_.wanted()) resolver_(std::move(*answer_));
  }

  Mailbox& mailbox_;
  Resolver<T> resolver_;  // its worker's alone
  std::optional<Result<T>> answer_;
};

template <class T>
std::shared_ptr<Seat<T>> next_seat(Link& ring) noexcept {
  if (!ring.linked()) return nullptr;
  auto* seat = static_cast<Seat<T>*>(ring.next());
  seat->unlink();
  return seat->shared_from_this();
}

// The waiting end, in a coroutine's frame. Leaves the seat when it dies.
template <class T>
class Sitting {
 public:
  Sitting(Worker& worker, base::SpinLock& lock) : lock_(lock) {
    seat_ = std::make_shared<Seat<T>>(worker, answer.resolver());
  }
  Sitting(const Sitting&) = delete;
  ~Sitting() {
    std::lock_guard held(lock_);
    seat_->unlink();
  }

  // False: there is nothing to wait for. The condition is asked under the lock.
  template <class Condition>
  bool down(Link& ring, Condition must_wait) {
    std::lock_guard held(lock_);
    if (!must_wait()) return false;
    down_held(ring);
    return true;
  }
  // For whoever has the lock already.
  void down_held(Link& ring) noexcept { ring.push_back(*seat_); }

 private:
  base::SpinLock& lock_;
  std::shared_ptr<Seat<T>> seat_;

 public:
  Waiter<T> answer;  // to be awaited; dies before the seat does
};

}  // namespace sluice::filters::cache
