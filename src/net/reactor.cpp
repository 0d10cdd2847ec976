#include "net/reactor.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sluice::net {
namespace {

constexpr int events_at_once = 256;
// A flushed writer may go on, and flush again: after these, events get their turn.
constexpr int rounds_in_a_turn = 16;
// How long Asio may wait for us while it has work under way.
constexpr int guest_patience = 2;  // milliseconds, as epoll_wait takes them

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

// ---- mail

Reactor::Mail::Mail(Reactor& r)
    : reactor_(r), descriptor_(descriptor_or_throw(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  reactor_.add(descriptor_, *this, EPOLLIN);
}

Reactor::Mail::~Mail() {
  ::close(descriptor_);
}

void Reactor::Mail::ring() noexcept {
  eventfd_write(descriptor_, 1);
}

void Reactor::Mail::read() {
  if (!std::exchange(arrived_, false)) return;
  eventfd_t rings;
  eventfd_read(descriptor_, &rings);
  reactor_.mailbox_.drain();
}

// ---- life

Reactor::Reactor(unsigned index, TimePoint (*clock)())
    : clock_(clock),
      epoll_(descriptor_or_throw(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timers_(clock(), clock),
      worker_{index, timers_, mailbox_, background_} {
  mailbox_.on_wake([this] { mail_.ring(); });
}

Reactor::~Reactor() {
  Here here(*this);
  background_.cancel();
  run_ready();
  ::close(epoll_);
}

void Reactor::run() {
  Here here(*this);
  while (!stopping_) turn(patience());
}

void Reactor::stop() {
  mailbox_.post([this] { stopping_ = true; });
}

void Reactor::poll() {
  constexpr int enough = 100;
  Here here(*this);
  for (int i = 0; i < enough; ++i) turn(0);
}

// ---- registration

void Reactor::add(Stream& stream) {
  add_to(epoll_, stream.transport().descriptor(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
         reinterpret_cast<std::uintptr_t>(&stream));
}

void Reactor::add(int descriptor, Watcher& watcher, std::uint32_t epoll_events) {
  add_to(epoll_, descriptor, epoll_events, reinterpret_cast<std::uintptr_t>(&watcher) | watcher_bit);
}

void Reactor::remove(int descriptor) noexcept {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void Reactor::dirty(Stream& stream) noexcept {
  dirty_[static_cast<int>(stream.side())].push_back(stream);
}

void Reactor::doom(Doomed& d) noexcept {
  doomed_.push_back(d);
}

// ---- a turn

void Reactor::turn(int timeout) {
  epoll_event events[events_at_once];
  int n = epoll_wait(epoll_, events, events_at_once, timeout);
  timers_.set_now(clock_());
  if (n > 0) collect({events, static_cast<std::size_t>(n)});
  if (now() >= due_) timers_.advance(now());
  mail_.read();
  run_guest();
  for (int round = 0; round < rounds_in_a_turn; ++round) {
    run_ready();
    flush_all();
    if (queue_.empty() && !doomed_.linked()) break;
  }
  due_ = timers_.next();
}

// Milliseconds until there is something to do; -1: until an event comes.
int Reactor::patience() const noexcept {
  if (!queue_.empty() || doomed_.linked()) return 0;
  if (due_ == TimePoint::max()) return guest_busy_ ? guest_patience : -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - timers_.now()).count();
  auto bounded = static_cast<int>(std::clamp<decltype(left)>(left, 0, 60'000));
  return guest_busy_ ? std::min(bounded, guest_patience) : bounded;
}

void Reactor::collect(std::span<const epoll_event> events) noexcept {
  for (auto& e : events) {
    auto data = e.data.u64;
    if (data & watcher_bit)
      reinterpret_cast<Watcher*>(data & ~watcher_bit)->on_events(e.events);
    else
      reinterpret_cast<Stream*>(data)->on_events(e.events);
  }
}

void Reactor::run_guest() {
  if (!guest_busy_) return;
  context_.restart();
  context_.poll();
  guest_busy_ = !context_.stopped();
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

}  // namespace sluice::net
