// The body of a stored response: bytes that are appended by one writer and read by anybody meanwhile.
//
//   if (!body.begin(worker, most)) ...                // the writer's
//   if (body.append(bytes) < bytes.size()) ...        // no room for more, or longer than is kept
//   body.tell();                                      // there is more
//   body.finish();  or  body.fail(error);
//
// A body of known length is one piece of exactly that size behind its response's head. Any other one is made
// of blocks of 32 KiB. A reader that has bytes before it takes no lock: they are there before the length that
// is published says so, and they stay where they are. One that has read all of them waits on the flow's lock.
//
// A body of unknown length that turns out longer than is kept, or finds no room for its next block, becomes a
// window: the response is taken out of the store, its blocks are used again behind the slowest reader, and
// the writer waits for that one. Nobody can begin to read it from then on.
#pragma once
#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <memory>
#include <span>

#include "base/spin_lock.hpp"
#include "filters/cache/kept_forms.hpp"
#include "filters/cache/memory_bound.hpp"
#include "sluice/body.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::cache {

class BodyFlow;
void intrusive_ptr_add_ref(const BodyFlow* flow) noexcept;
void intrusive_ptr_release(const BodyFlow* flow) noexcept;
using FlowPtr = boost::intrusive_ptr<BodyFlow>;

class StoredBody {
 public:
  static constexpr std::size_t block = 32 * 1024;
  static constexpr std::size_t window = 1024 * 1024;
  static constexpr std::uint64_t worth_finishing = 1024 * 1024;  // of which nobody reads the rest
  using Slot = std::atomic<char*>;
  enum class State : std::uint8_t {
    filling,
    complete,
    passed,  // it came to its end as a window: nobody can begin to read it
    broken
  };

  StoredBody(MemoryBound& bound, std::span<Slot> slots) noexcept;
  StoredBody(MemoryBound& bound, std::span<char> whole) noexcept;
  StoredBody(const StoredBody&) = delete;
  ~StoredBody();

  // ---- anybody

  State state() const noexcept { return state_.load(std::memory_order_acquire); }
  bool complete() const noexcept { return state() == State::complete; }
  std::uint64_t published() const noexcept { return published_.load(std::memory_order_acquire); }
  std::uint64_t length() const noexcept {
    return length_ == unknown_length && state() != State::filling ? published() : length_;
  }
  // Somebody may begin to read it, as far as is known.
  bool is_servable() const noexcept { return state() <= State::complete; }
  // The bytes from an offset on that stand next to each other, up to another offset that was published.
  std::span<const char> bytes(std::uint64_t from, std::uint64_t to) const noexcept;
  // What readers and writer share. Null: it comes in no more.
  FlowPtr flow() const noexcept;
  MemoryBound& bound() const noexcept { return bound_; }
  std::size_t slots() const noexcept { return slot_count_; }
  // Of a complete one: what its blocks take besides.
  std::size_t blocks_size() const noexcept;

  KeptForms forms;

  // ---- the writer: one, on its worker

  // False: there is no room for its first block. `most`: the longest that is kept.
  bool begin(Worker& worker, std::uint64_t most);
  // How many of the bytes it took. Fewer than all: there is no room for more, or it is too long.
  std::size_t append(std::span<const char> bytes) noexcept;
  void tell();  // those who wait that there is more
  // False: its length was known.
  bool become_window() noexcept;
  // In a window, until there is room. Error::abandoned: nobody reads it any more.
  Task<Result<Unit>> room(Worker& worker);
  void finish();
  // All of a complete one, into one piece of its length.
  void copy(const StoredBody& from) noexcept;
  void fail(const Error& error);

 private:
  friend class BodyFlow;

  char* whole() const noexcept { return static_cast<char*>(storage_); }
  std::span<Slot> all_slots() const noexcept { return {static_cast<Slot*>(storage_), slot_count_}; }
  Slot& slot(std::uint64_t offset) const noexcept {
    return static_cast<Slot*>(storage_)[offset / block % slot_count_];
  }
  std::span<char> gap() const noexcept;
  bool add_block() noexcept;
  void free_block(char* bytes) noexcept;
  void end();

  MemoryBound& bound_;
  // Its bytes, or its slots where there are any; a ring once it is a window.
  void* const storage_;
  const std::uint32_t slot_count_;
  std::atomic<State> state_{State::filling};
  mutable base::SpinLock lock_;  // of flow_
  const std::uint64_t length_;
  std::atomic<std::uint64_t> published_{0};
  FlowPtr flow_;
};

}  // namespace sluice::filters::cache
