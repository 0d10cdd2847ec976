// What the writer of a body and those who read it meanwhile share: who has read how far, who waits for more,
// and, once the body is a window, that the writer waits for them.
//
//   BodyFlow::Place place;                       // a reader's
//   if (!flow.join(place, from)) ...             // its beginning is gone
//   flow.move(place, to);                        // at each read: nothing before `to` is wanted any more
//   flow.leave(place);
//
// One spin lock, held to link and unlink. The rings hold seats, so nobody looks into another thread's frame.
// Readers that leave a body which nobody else reads tell its writer by mail.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/spin_lock.hpp"
#include "filters/cache/seat.hpp"
#include "filters/cache/stored_body.hpp"
#include "sluice/link.hpp"
#include "sluice/timers.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::cache {

class BodyFlow {
 public:
  struct Place : Link {
    std::atomic<std::uint64_t> at{0};
  };

  BodyFlow(StoredBody& body, Worker& writer, std::uint64_t most) noexcept
      : body_(body), writer_(writer), most_(most) {}

  // ---- readers, on any worker

  bool join(Place& place, std::uint64_t from) noexcept;
  void move(Place& place, std::uint64_t to);
  void leave(Place& place);
  // False: there are bytes behind `at`, or it is over.
  bool sit(Sitting<Unit>& sitting, std::uint64_t at);
  Error error() const noexcept { return error_; }  // of a broken body

  base::SpinLock lock;

  friend void intrusive_ptr_add_ref(const BodyFlow* f) noexcept {
    f->refs_.fetch_add(1, std::memory_order_relaxed);
  }
  friend void intrusive_ptr_release(const BodyFlow* f) noexcept {
    if (f->refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete f;
  }

  // ---- the writer, on its worker

  // What ends the fill when nobody reads what would be too much to finish for nobody.
  void bind(Within<Unit>* fill) noexcept { fill_ = fill; }

 private:
  friend class StoredBody;

  void wake_readers();
  bool is_read() noexcept;
  void open_window() noexcept;
  char* turn_blocks() noexcept;
  bool sit_writer(Sitting<Unit>& sitting);
  bool stop(const Error& error) noexcept;  // false: it is over already
  bool stop_held(const Error& error) noexcept;
  void nobody_reads();
  bool give_up_unread() noexcept;
  std::uint64_t slowest() const noexcept;

  StoredBody& body_;  // alive as long as the writer or a reader is
  Worker& writer_;
  const std::uint64_t most_;

  Link readers_;
  Link caught_up_;  // seats of readers
  unsigned reading_ = 0;
  unsigned waiting_ = 0;  // of caught_up_, at most
  std::atomic<bool> window_{false};
  Link room_wanted_;  // the writer's seat
  Error error_;

  // The writer's alone.
  std::uint64_t first_ = 0;  // where the first block that is kept begins
  std::uint64_t end_ = 0;    // and the last one ends
  Within<Unit>* fill_ = nullptr;

  mutable std::atomic<std::uint32_t> refs_{0};
};

}  // namespace sluice::filters::cache
