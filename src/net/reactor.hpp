// Reactor: a worker's event loop. The io_context is the loop; the sockets of the data plane live in one
// edge-triggered epoll set, whose descriptor the io_context waits on. One turn of it:
//
//   collect every ready event -> run the coroutines that may go on -> cancel the connections that broke
//   -> flush to upstreams -> flush to clients
//
// Writing at the end of the turn, not at once, is worth more than anything else in the data plane
// (docs/decisions/reactor.md). A write made outside a turn, by a timer, Redis or a letter from another
// thread, posts one flush.
#pragma once
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

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

  boost::asio::io_context& context() noexcept { return context_; }
  Worker& worker() noexcept { return worker_; }
  TimerWheel& timers() noexcept { return timers_; }
  Mailbox& mailbox() noexcept { return mailbox_; }
  Scope& background() noexcept { return background_; }
  TimePoint now() const noexcept { return timers_.now(); }
  // This second as a Date field has it (RFC 9110 §5.6.7).
  std::string_view http_date() noexcept;
  BufferPool& buffers() noexcept { return buffers_; }              // 16 KiB: heads, small bodies
  BufferPool& large_buffers() noexcept { return large_buffers_; }  // 64 KiB: bodies

  // ---- for streams and sockets
  void add(Stream& stream);
  void remove(int descriptor) noexcept;
  void add(int descriptor, Watcher& watcher, std::uint32_t epoll_events);
  void dirty(Stream& stream) noexcept;
  // To be destroyed when the run queue is empty.
  void doom(Doomed& d) noexcept;
  // Work was pushed to the run queue from outside a turn (a timer, an Asio handler): one turn is posted.
  void wake() noexcept;

 private:
  void await_events();
  void await_mail();
  void turn();
  int collect_events() noexcept;
  void run_ready();
  void flush_all() noexcept;
  void await_timer();

  TimePoint (*clock_)();
  boost::asio::io_context context_{1};
  boost::asio::posix::stream_descriptor epoll_;
  boost::asio::posix::stream_descriptor mail_;
  boost::asio::steady_timer alarm_;
  TimePoint alarm_at_ = TimePoint::max();

  base::FramePool frames_;
  RunQueue queue_;
  TimerWheel timers_;
  Mailbox mailbox_;
  BufferPool buffers_{16 * 1024};
  BufferPool large_buffers_{64 * 1024};
  http::DateCache dates_;
  std::string_view date_;
  TimePoint date_until_{};
  Link dirty_[2];
  Link doomed_;
  bool turning_ = false;
  bool posted_ = false;
  Scope background_;
  Worker worker_;
};

}  // namespace sluice::net
