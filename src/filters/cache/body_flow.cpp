#include "filters/cache/body_flow.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace sluice::filters::cache {

bool BodyFlow::join(Place& place, std::uint64_t from) noexcept {
  place.at.store(from, std::memory_order_relaxed);
  std::lock_guard held(lock);
  if (window_.load(std::memory_order_relaxed) || body_.state() == StoredBody::State::broken) return false;
  readers_.push_back(place);
  ++reading_;
  return true;
}

void BodyFlow::move(Place& place, std::uint64_t to) {
  auto before = place.at.exchange(to, std::memory_order_seq_cst);
  if (!window_.load(std::memory_order_seq_cst) || before / StoredBody::block == to / StoredBody::block)
    return;
  std::shared_ptr<Seat<Unit>> writer;
  {
    std::lock_guard held(lock);
    writer = next_seat<Unit>(room_wanted_);
  }
  if (writer) Seat<Unit>::answer(std::move(writer), Unit{});
}

void BodyFlow::leave(Place& place) {
  std::shared_ptr<Seat<Unit>> writer;
  bool last;
  {
    std::lock_guard held(lock);
    place.unlink();
    last = --reading_ == 0;
    writer = next_seat<Unit>(room_wanted_);
  }
  if (writer) Seat<Unit>::answer(std::move(writer), Unit{});
  if (last && body_.state() == StoredBody::State::filling)
    writer_.mailbox.post([flow = FlowPtr(this)] { flow->nobody_reads(); });
}

bool BodyFlow::sit(Sitting<Unit>& sitting, std::uint64_t at) {
  return sitting.down(caught_up_, [&] {
    bool must = body_.state() == StoredBody::State::filling && body_.published() <= at;
    waiting_ += must;
    return must;
  });
}

// As many as wait now: one that is woken may be back before the last of them was told.
void BodyFlow::wake_readers() {
  unsigned count;
  {
    std::lock_guard held(lock);
    count = std::exchange(waiting_, 0);
  }
  for (; count > 0; --count) {
    std::unique_lock held(lock);
    auto reader = next_seat<Unit>(caught_up_);
    held.unlock();
    if (!reader) return;
    Seat<Unit>::answer(std::move(reader), Unit{}, &writer_.mailbox);
  }
}

bool BodyFlow::sit_writer(Sitting<Unit>& sitting) {
  return sitting.down(room_wanted_,
                      [this] { return reading_ > 0 && slowest() < first_ + StoredBody::block; });
}

bool BodyFlow::is_read() noexcept {
  std::lock_guard held(lock);
  return reading_ > 0;
}

void BodyFlow::open_window() noexcept {
  std::lock_guard held(lock);
  window_.store(true, std::memory_order_seq_cst);
}

// Blocks that all have read stand behind the last one again, as many as the window has; the chain of others
// is given back.
char* BodyFlow::turn_blocks() noexcept {
  char* freed = nullptr;
  std::lock_guard held(lock);
  auto read = std::min(slowest(), body_.published());
  for (; first_ + StoredBody::block <= read; first_ += StoredBody::block) {
    auto* bytes = body_.slot(first_).exchange(nullptr, std::memory_order_acq_rel);
    if (end_ - first_ <= StoredBody::window) {
      body_.slot(end_).store(bytes, std::memory_order_release);
      end_ += StoredBody::block;
    } else {
      std::memcpy(bytes, &freed, sizeof freed);
      freed = bytes;
    }
  }
  return freed;
}

std::uint64_t BodyFlow::slowest() const noexcept {
  auto least = ~std::uint64_t{0};
  for (auto* link = readers_.next(); link != &readers_; link = link->next())
    least = std::min(least, static_cast<const Place*>(link)->at.load(std::memory_order_seq_cst));
  return least;
}

bool BodyFlow::stop(const Error& error) noexcept {
  std::lock_guard held(lock);
  return stop_held(error);
}

bool BodyFlow::stop_held(const Error& error) noexcept {
  if (body_.state() != StoredBody::State::filling) return false;
  error_ = error;
  body_.state_.store(StoredBody::State::broken, std::memory_order_release);
  return true;
}

void BodyFlow::nobody_reads() {
  if (fill_ && give_up_unread()) fill_->extend(writer_.timers.now());
}

// Decided under the lock, so that nobody begins to read what is given up.
bool BodyFlow::give_up_unread() noexcept {
  std::lock_guard held(lock);
  if (reading_ > 0) return false;
  if (body_.length_ != unknown_length && body_.length_ - body_.published() <= StoredBody::worth_finishing)
    return false;
  return stop_held(Error(Error::Kind::abandoned, Error::Side::internal, "cache_unread"));
}

}  // namespace sluice::filters::cache
