#include "net/reactor.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>

namespace sluice::net {
namespace {

constexpr int events_at_once = 256;
// After these Asio gets its turn, so that a flood of requests starves neither timers nor Redis.
constexpr int batches_in_a_turn = 4;
constexpr int rounds_in_a_batch = 16;

// Streams and watchers share the epoll set; the lowest bit of the pointer tells which one it is.
constexpr std::uint64_t watcher_bit = 1;

int descriptor_or_throw(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

void add_to(int epoll, int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event e{};
  e.events = events;
  e.data.u64 = data;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

}  // namespace

Reactor::Reactor(unsigned index, TimePoint (*clock)())
    : clock_(clock),
      epoll_(context_, descriptor_or_throw(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      mail_(context_, descriptor_or_throw(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      alarm_(context_),
      timers_(clock()),
      worker_{index, timers_, mailbox_, background_} {
  mailbox_.on_wake([this] { eventfd_write(mail_.native_handle(), 1); });
  await_events();
  await_mail();
}

Reactor::~Reactor() {
  Here here(*this);
  background_.cancel();
  run_ready();
}

void Reactor::run() {
  Here here(*this);
  context_.run();
}

void Reactor::stop() {
  mailbox_.post([this] { context_.stop(); });
}

void Reactor::poll() {
  Here here(*this);
  timers_.advance(clock_());
  wake();
  context_.restart();
  context_.poll();
}

void Reactor::add(Stream& stream) {
  auto data = reinterpret_cast<std::uintptr_t>(&stream);
  add_to(epoll_.native_handle(), stream.transport().descriptor(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
         data);
}

void Reactor::add(int descriptor, Watcher& watcher, std::uint32_t epoll_events) {
  add_to(epoll_.native_handle(), descriptor, epoll_events,
         reinterpret_cast<std::uintptr_t>(&watcher) | watcher_bit);
}

void Reactor::remove(int descriptor) noexcept {
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Reactor::await_events() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code ec) {
    if (ec) return;
    turn();
    await_events();
  });
}

void Reactor::await_mail() {
  mail_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code ec) {
    if (ec) return;
    eventfd_t posted;
    eventfd_read(mail_.native_handle(), &posted);
    timers_.set_now(clock_());
    mailbox_.drain();
    turn();
    await_mail();
  });
}

void Reactor::turn() {
  timers_.set_now(clock_());
  turning_ = true;
  for (int batch = 0; batch < batches_in_a_turn; ++batch) {
    auto events = collect_events();
    for (int round = 0; round < rounds_in_a_batch; ++round) {
      run_ready();
      flush_all();
      if (queue_.empty() && !doomed_.linked()) break;
    }
    if (events < events_at_once) break;
  }
  turning_ = false;
  if (!queue_.empty() || doomed_.linked()) wake();
  await_timer();
}

int Reactor::collect_events() noexcept {
  epoll_event events[events_at_once];
  int n = epoll_wait(epoll_.native_handle(), events, events_at_once, 0);
  for (int i = 0; i < n; ++i) {
    auto data = events[i].data.u64;
    if (data & watcher_bit)
      reinterpret_cast<Watcher*>(data & ~watcher_bit)->on_events(events[i].events);
    else
      reinterpret_cast<Stream*>(data)->on_events(events[i].events);
  }
  return n;
}

void Reactor::run_ready() {
  do {
    queue_.run();
    while (doomed_.linked()) {
      auto& d = *static_cast<Doomed*>(doomed_.next());
      d.unlink();
      d.perish();
    }
  } while (!queue_.empty());
}

void Reactor::flush_all() noexcept {
  for (auto& side : dirty_)
    while (side.linked()) {
      auto& stream = *static_cast<Stream*>(side.next());
      stream.unlink();
      stream.flush();
    }
}

// Asking for the wall clock at every answer would cost more than writing the field.
std::string_view Reactor::http_date() noexcept {
  if (now() >= date_until_) {
    date_ = dates_.at(wall_now());
    date_until_ = now() + std::chrono::milliseconds(100);
  }
  return date_;
}

void Reactor::dirty(Stream& stream) noexcept {
  dirty_[static_cast<int>(stream.side())].push_back(stream);
  wake();
}

void Reactor::doom(Doomed& d) noexcept {
  doomed_.push_back(d);
  wake();
}

void Reactor::wake() noexcept {
  if (turning_ || posted_) return;
  posted_ = true;
  boost::asio::post(context_, [this] {
    posted_ = false;
    turn();
  });
}

// The alarm is set forward only: a deadline that was met long before it was due costs no system call, only an
// alarm that finds nothing to do.
void Reactor::await_timer() {
  auto next = timers_.next();
  if (next >= alarm_at_) return;
  alarm_at_ = next;
  alarm_.expires_at(next);
  alarm_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    alarm_at_ = TimePoint::max();
    turning_ = true;  // what fires needs no turn of its own
    timers_.advance(clock_());
    turn();
  });
}

}  // namespace sluice::net
