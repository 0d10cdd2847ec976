// Stream: one connection's two directions on a worker, over any transport.
//
//   auto reading = stream.read(buffer);            // waits for at least a byte; 0 is the end
//   auto n = co_await reading;
//   char* to = stream.reserve(size);               // straight into the output buffer, no copy
//   stream.commit(write_head(head, to) - to);      // leaves at the end of this turn of the loop
//   auto sent = stream.write_through(chunk.bytes); // large: sent from where it lies
//   co_await sent;
//
// Writes are deferred: what is committed during a turn of the reactor leaves in one go when the turn ends.
// One coroutine may wait for reading and one for writing. The buffers are the worker's; an idle stream has
// none.
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
  ~Stream();

  void set_owner(Owner* owner) noexcept { owner_ = owner; }
  Reactor& reactor() const noexcept { return reactor_; }
  Transport& transport() const noexcept { return *transport_; }
  // Puts another layer around the transport (TLS after a PROXY header).
  std::unique_ptr<Transport> exchange_transport(std::unique_ptr<Transport> t) noexcept;

  // ---- receiving
  // At least one byte, or 0 at the end of the other side's sending.
  Eventual<Result<std::size_t>> read(std::span<char> into);
  // Like read, but never waits: 0 bytes and would_block where nothing is there.
  Moved try_read(std::span<char> into) noexcept;
  // Waits until a read may find something: an idle connection holds no buffer.
  Eventual<Unit> readable();
  // Something came in, or the connection ended, since the last read.
  bool maybe_readable() const noexcept { return readable_; }
  bool gone() const noexcept { return gone_; }
  // Runs the transport's handshake to its end.
  Task<Result<Unit>> handshake();

  // ---- sending
  static constexpr std::size_t high_water = 16 * 1024;  // the output buffer's size
  // Room for `size` bytes, at most high_water, in the output buffer; null when it has less left: then await
  // drained() first.
  char* reserve(std::size_t size) noexcept;
  void commit(std::size_t size) noexcept;
  // Copies; ready at once while there is room.
  Eventual<Result<Unit>> write(std::string_view bytes);
  // Sends from where the bytes lie, after what is buffered: ready when they have left.
  Eventual<Result<Unit>> write_through(std::span<const std::string_view> parts);
  // Ready when all that was committed has left.
  Eventual<Result<Unit>> drained();
  std::size_t pending() const noexcept { return end_ - begin_; }
  // Nobody took what we sent for this long: the connection counts as broken. Zero: no limit.
  void set_write_timeout(Duration timeout) noexcept { write_timeout_ = timeout; }
  bool timed_out() const noexcept { return timed_out_; }
  // After what is pending has left: finish sending.
  void finish_when_drained() noexcept;

  // ---- for the reactor
  void on_events(std::uint32_t epoll_events) noexcept;
  void flush() noexcept;
  FlushSide side() const noexcept { return side_; }
  std::uint64_t bytes_sent() const noexcept { return sent_; }

 private:
  friend class Reactor;
  struct Waiting : Resumable {};
  class Readiness;  // awaits the next event of a direction
  struct WriteAlarm : Timer {
    Stream* stream = nullptr;
  };

  Task<Result<std::size_t>> read_later(std::span<char> into);
  Task<Unit> readable_later();
  Task<Result<Unit>> write_later(std::string_view bytes);
  Task<Result<Unit>> write_through_later(std::span<const std::string_view> parts);
  Task<Result<Unit>> drained_later();
  Moved send_some(std::span<const iovec> parts) noexcept;
  Result<std::size_t> received(const Moved& moved) const noexcept;
  Result<Unit> sent_or_broken() const noexcept;
  void wake_reader() noexcept;
  void wake_writer() noexcept;
  void watch_writing(bool blocked) noexcept;
  void broke() noexcept;

  Reactor& reactor_;
  std::unique_ptr<Transport> transport_;
  Owner* owner_ = nullptr;
  Resumable* reader_ = nullptr;
  Resumable* writer_ = nullptr;
  BufferPool::Block out_;
  std::uint32_t begin_ = 0;  // of what is pending in out_
  std::uint32_t end_ = 0;
  std::uint64_t sent_ = 0;
  WriteAlarm alarm_;
  Duration write_timeout_{};
  FlushSide side_;
  bool readable_ = true;
  bool writable_ = true;
  bool gone_ = false;
  bool broken_ = false;
  bool timed_out_ = false;
  bool finish_ = false;
};

}  // namespace sluice::net
