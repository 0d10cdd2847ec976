// Reactor: a worker's event loop. One turn of it:
//
//   wait for events, or until the next timer is due -> collect them -> fire timers, read the mail, let Asio
//   run
//   -> run the coroutines that may go on -> destroy the connections that broke -> flush to upstreams
//   -> flush to clients
//
// Writing at the end of the turn, not at once, is worth more than anything else in the data plane. Everything
// that runs on a worker runs inside a turn, so nothing that is written can be left lying. Asio is a guest:
// its handlers run once a turn, and the loop comes by every few milliseconds while Asio has work under way
// (docs/decisions/reactor.md).
#pragma once
#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>

#include "base/frame_pool.hpp"
#include "base/mailbox.hpp"
#include "base/timer_wheel.hpp"
#include "http/date.hpp"
#include "net/buffer_pool.hpp"
#include "net/stream.hpp"
#include "sluice/run_queue.hpp"
#include "sluice/scope.hpp"
#include "sluice/worker.hpp"

namespace sluice::net {

// Hears of events on a descriptor that is not a stream: a listening socket. Level-triggered.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void on_events(std::uint32_t epoll_events) noexcept = 0;
};

// What the reactor destroys once no coroutine of it can be running: a connection that ended or broke.
class Doomed : private Link {
 public:
  virtual ~Doomed() = default;
  // Called from the loop, with the run queue empty. May destroy itself.
  virtual void perish() noexcept = 0;

 private:
  friend class Reactor;
};

class Reactor {
 public:
  // `clock` is read once a turn; tests bring one that they advance.
  explicit Reactor(unsigned index, TimePoint (*clock)() = Clock::now);
  Reactor(const Reactor&) = delete;
  ~Reactor();

  // Runs on the calling thread, which is the worker's from here on, until stop().
  void run();
  // Any thread.
  void stop();
  // For tests and for the end: runs what is ready and fires what is due, without waiting.
  void poll();

  // This thread's frames and queue are the reactor's, as long as it lives. run() and poll() see to it
  // themselves; who acts for an event outside them does it by hand.
  struct Here {
    explicit Here(Reactor& r) noexcept : frames(r.frames_), queue(r.queue_) {}
    base::FramePool::Here frames;
    RunQueue::Here queue;
  };

  // For what is not a stream and not in a hurry, on this thread: name resolution. Others post to the mailbox.
  // To be asked for each time: it is what makes the loop look after Asio until it has nothing to do.
  boost::asio::io_context& context() noexcept {
    guest_busy_ = true;
    return context_;
  }
  Worker& worker() noexcept { return worker_; }
  TimerWheel& timers() noexcept { return timers_; }
  Mailbox& mailbox() noexcept { return mailbox_; }
  Scope& background() noexcept { return background_; }
  TimePoint now() const noexcept { return timers_.now(); }
  // This second as a Date field has it (RFC 9110 §5.6.7).
  std::string_view http_date() noexcept;
  BufferPool& buffers() noexcept { return buffers_; }              // 16 KiB: heads, small bodies
  BufferPool& large_buffers() noexcept { return large_buffers_; }  // 64 KiB: bodies
  BufferPool& bulk_buffers() noexcept { return bulk_buffers_; }    // 256 KiB: bodies that flow

  // ---- for streams and sockets
  void add(Stream& stream);
  void remove(int descriptor) noexcept;
  void add(int descriptor, Watcher& watcher, std::uint32_t epoll_events);
  void dirty(Stream& stream) noexcept;
  // To be destroyed when the run queue is empty.
  void doom(Doomed& d) noexcept;

 private:
  void turn(int timeout);
  int patience() const noexcept;
  void collect(std::span<const epoll_event> events) noexcept;
  void run_guest();
  void run_ready();
  void flush_all() noexcept;

  class Mail final : public Watcher {
   public:
    explicit Mail(Reactor& r);
    ~Mail() override;
    void ring() noexcept;
    void on_events(std::uint32_t) noexcept override { arrived_ = true; }
    void read();

   private:
    Reactor& reactor_;
    int descriptor_;
    bool arrived_ = false;
  };

  TimePoint (*clock_)();
  int epoll_;
  boost::asio::io_context context_{1};
  bool guest_busy_ = false;
  bool stopping_ = false;

  base::FramePool frames_;
  RunQueue queue_;
  TimerWheel timers_;
  TimePoint due_ = TimePoint::max();  // when the next timer may fire
  Mailbox mailbox_;
  Mail mail_{*this};
  BufferPool buffers_{16 * 1024};
  BufferPool large_buffers_{64 * 1024};
  BufferPool bulk_buffers_{256 * 1024};
  http::DateCache dates_;
  std::string_view date_;
  TimePoint date_until_{};
  Link dirty_[2];
  Link doomed_;
  Scope background_;
  Worker worker_;
};

}  // namespace sluice::net
