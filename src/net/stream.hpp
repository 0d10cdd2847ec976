// Stream: one connection's two directions on a worker, over any transport.
//
//   auto reading = stream.read(buffer);            // waits for at least a byte; 0 is the end
//   auto n = co_await reading;
//   char* to = stream.reserve(size);               // straight into the output buffer, no copy
//   stream.commit(write_head(head, to) - to);      // leaves at the end of this turn of the loop
//   auto sent = stream.write_through(parts);       // large: sent from where it lies
//   co_await sent;
//
// Writes are deferred: what is committed during a turn of the reactor leaves in one go when the turn ends.
// One coroutine may wait for reading and one for writing. The buffers are the worker's; an idle stream has
// none. Errors have the side of the stream: upstream or downstream.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "net/buffer_pool.hpp"
#include "net/transport.hpp"
#include "sluice/eventual.hpp"
#include "sluice/link.hpp"
#include "sluice/result.hpp"
#include "sluice/run_queue.hpp"
#include "sluice/timers.hpp"

namespace sluice::net {

class Reactor;

// Writes to upstreams leave before those to clients, so that they work while we write the rest.
enum class FlushSide : std::uint8_t { upstream, client };

class Stream : private Link {
 public:
  // Hears what nobody waits for. Called while events are collected: mark and push, do not resume or destroy.
  class Owner {
   public:
    virtual ~Owner() = default;
    // The connection broke (reset, error, both directions closed); an end of the other side alone is read.
    virtual void on_gone(Stream&) noexcept = 0;
    // Readable, though nobody reads: an idle upstream connection was closed, or spoke out of turn.
    virtual void on_stray(Stream&) noexcept {}
  };

  Stream(Reactor& reactor, std::unique_ptr<Transport> transport, FlushSide side);
  Stream(const Stream&) = delete;

  void set_owner(Owner* owner) noexcept { owner_ = owner; }
  Reactor& reactor() const noexcept { return reactor_; }
  Transport& transport() const noexcept { return *transport_; }
  // Puts another layer in the transport's place, on the same descriptor: TLS after a PROXY header.
  std::unique_ptr<Transport> exchange_transport(std::unique_ptr<Transport> t) noexcept;

  // ---- receiving
  // At least one byte, or 0 at the end of the other side's sending. Error::timeout past the read deadline.
  Eventual<Result<std::size_t>> read(std::span<char> into);
  // Never waits: would_block where nothing is there.
  Moved try_read(std::span<char> into) noexcept;
  // Something came in since the last read found nothing, or may have.
  bool maybe_readable() const noexcept { return readable_; }
  // When a read that waits gives up; TimePoint::max(): never.
  void set_read_deadline(TimePoint at) noexcept;

  // co_await stream.readable(): true when a read may find something, false when the read deadline passed. For
  // a connection that is idle: it holds no buffer meanwhile.
  class Readable : Resumable {
   public:
    explicit Readable(Stream& s) noexcept : stream_(s) {}
    ~Readable() {
      if (stream_.reader_ == this) stream_.reader_ = nullptr;
    }
    bool await_ready() const noexcept { return stream_.readable_ || stream_.read_late_; }
    void await_suspend(std::coroutine_handle<> h) noexcept {
      handle = h;
      stream_.reader_ = this;
    }
    bool await_resume() const noexcept { return stream_.readable_; }

   private:
    Stream& stream_;
  };
  Readable readable() noexcept { return Readable(*this); }

  // Runs the transport's handshake to its end, within the read deadline.
  Task<Result<Unit>> handshake();

  // ---- sending
  static constexpr std::size_t high_water = 16 * 1024;  // the output buffer's size
  // Room for `size` bytes in the output buffer; null when it has less left: then await drained() first, and
  // send what is larger than high_water by write_through().
  char* reserve(std::size_t size) noexcept;
  void commit(std::size_t size) noexcept;
  // Copies; ready at once while there is room.
  Eventual<Result<Unit>> write(std::string_view bytes);
  // Up to three parts, sent from where they lie after what is buffered, at once if the other side takes them:
  // ready when they have left.
  Eventual<Result<Unit>> write_through(std::initializer_list<std::string_view> parts);
  // Ready when all that was committed has left, and the end said, if finish() was called.
  Eventual<Result<Unit>> drained();
  std::size_t pending() const noexcept { return end_ - begin_; }
  // Nobody took what we sent for this long: the connection counts as broken. Zero: no limit.
  void set_write_timeout(Duration timeout) noexcept { write_timeout_ = timeout; }
  // No more will be written: the other side is told once what is pending has left.
  void finish() noexcept;

  bool broken() const noexcept { return broken_; }
  std::uint64_t bytes_sent() const noexcept { return sent_; }

  // ---- for the reactor, and for transports that have no descriptor
  void on_events(std::uint32_t epoll_events) noexcept;
  void flush() noexcept;
  FlushSide side() const noexcept { return side_; }

 private:
  friend class Reactor;
  class Writable;
  class Attached;
  struct Alarm : Timer {
    Stream* stream = nullptr;
  };
  struct Through {
    iovec parts[4];  // the first is for what is buffered
    unsigned count = 1;
    explicit Through(std::initializer_list<std::string_view> given) noexcept;
    bool empty() const noexcept { return count == 1; }
    std::size_t size() const noexcept;
    void drop_front(std::size_t sent) noexcept;
  };

  Task<Result<std::size_t>> read_later(std::span<char> into);
  Task<Result<Unit>> write_later(std::string_view bytes);
  Task<Result<Unit>> write_through_later(Through parts);
  Task<Result<Unit>> drained_later();
  bool busy() const noexcept;
  bool may_send_now(const Through& through) noexcept;
  bool send_some() noexcept;
  void all_sent() noexcept;
  void broke(const char* cause) noexcept;
  Error error(Error::Kind kind, const char* cause) const noexcept;
  Result<Unit> sent_or_broken() const noexcept;
  static void wake(Resumable*& waiting) noexcept;

  Reactor& reactor_;
  std::unique_ptr<Transport> transport_;
  Owner* owner_ = nullptr;
  Resumable* reader_ = nullptr;
  Resumable* writer_ = nullptr;
  Through* through_ = nullptr;
  BufferPool::Block out_;
  std::uint32_t begin_ = 0;  // of what is pending in out_
  std::uint32_t end_ = 0;
  std::uint64_t sent_ = 0;
  std::size_t burst_ = 0;  // bytes that were sent through in the turn of burst_at_
  TimePoint burst_at_{};
  Alarm read_alarm_;
  Alarm write_alarm_;
  Duration write_timeout_{};
  const char* cause_ = "";  // why it is broken
  FlushSide side_;
  bool readable_ = true;
  bool writable_ = true;
  bool ended_ = false;      // an end was announced: a read must see it even after a short one
  bool any_event_ = false;  // the reader waits for either direction (handshakes)
  bool read_late_ = false;
  bool broken_ = false;
  bool finish_ = false;
};

}  // namespace sluice::net
