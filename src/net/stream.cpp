#include "net/stream.hpp"

#include <sys/epoll.h>

#include <cstring>

#include "net/reactor.hpp"

namespace sluice::net {
namespace {

// Of large pieces, on one stream in one turn: about half a millisecond's work.
constexpr std::size_t longest_burst = 1024 * 1024;

}  // namespace

// Waits for the pending bytes to leave, or for the connection to break.
class Stream::Writable : Resumable {
 public:
  explicit Writable(Stream& s) noexcept : stream_(s) {}
  ~Writable() {
    if (stream_.writer_ == this) stream_.writer_ = nullptr;
  }
  bool await_ready() const noexcept { return stream_.broken_ || !stream_.busy(); }
  void await_suspend(std::coroutine_handle<> h) noexcept {
    handle = h;
    stream_.writer_ = this;
  }
  void await_resume() const noexcept {}

 private:
  Stream& stream_;
};

// Makes the parts the ones that flush() sends after what is buffered.
class Stream::Attached {
 public:
  Attached(Stream& stream, Through& through) noexcept : stream_(stream) { stream_.through_ = &through; }
  Attached(const Attached&) = delete;
  ~Attached() { stream_.through_ = nullptr; }

 private:
  Stream& stream_;
};

Stream::Through::Through(std::initializer_list<std::string_view> given) noexcept {
  parts[0] = {nullptr, 0};
  for (auto p : given)
    if (!p.empty()) parts[count++] = {const_cast<char*>(p.data()), p.size()};
}

std::size_t Stream::Through::size() const noexcept {
  std::size_t all = 0;
  for (unsigned i = 1; i < count; ++i) all += parts[i].iov_len;
  return all;
}

void Stream::Through::drop_front(std::size_t sent) noexcept {
  unsigned done = 1;
  while (done < count && sent >= parts[done].iov_len) sent -= parts[done++].iov_len;
  if (done < count) {
    parts[done].iov_base = static_cast<char*>(parts[done].iov_base) + sent;
    parts[done].iov_len -= sent;
  }
  std::memmove(parts + 1, parts + done, (count - done) * sizeof *parts);
  count -= done - 1;
}

Stream::Stream(Reactor& reactor, std::unique_ptr<Transport> transport, FlushSide side)
    : reactor_(reactor), transport_(std::move(transport)), side_(side) {
  read_alarm_.stream = write_alarm_.stream = this;
  if (transport_->descriptor() >= 0) reactor_.add(*this);
}

std::unique_ptr<Transport> Stream::exchange_transport(std::unique_ptr<Transport> t) noexcept {
  std::swap(transport_, t);
  readable_ = writable_ = true;
  return t;
}

void Stream::wake(Resumable*& waiting) noexcept {
  if (auto* r = std::exchange(waiting, nullptr)) RunQueue::current().push(*r);
}

Error Stream::error(Error::Kind kind, const char* cause) const noexcept {
  return Error(kind, side_ == FlushSide::client ? Error::Side::downstream : Error::Side::upstream, cause,
               Error::Retry::idempotent);
}

// ---- receiving

Moved Stream::try_read(std::span<char> into) noexcept {
  if (!readable_) return Moved::later();
  auto moved = transport_->receive(into);
  if (moved.how == Moved::How::would_block || (moved.drained && !ended_)) readable_ = false;
  return moved;
}

Eventual<Result<std::size_t>> Stream::read(std::span<char> into) {
  auto moved = try_read(into);
  if (moved.how == Moved::How::would_block) return read_later(into);
  if (moved.how == Moved::How::broken) return Result<std::size_t>(error(Error::Kind::reset, "reset"));
  return Result<std::size_t>(moved.count);
}

Task<Result<std::size_t>> Stream::read_later(std::span<char> into) {
  for (;;) {
    bool came = co_await readable();
    auto moved = try_read(into);
    if (moved.how == Moved::How::broken) co_return error(Error::Kind::reset, "reset");
    if (moved.how != Moved::How::would_block) co_return moved.count;
    if (!came && read_late_) co_return error(Error::Kind::timeout, "read_timeout");
  }
}

void Stream::set_read_deadline(TimePoint at) noexcept {
  read_late_ = false;
  if (at == TimePoint::max()) return read_alarm_.disarm();
  reactor_.timers().arm(read_alarm_, at, [](Timer& t) {
    auto& self = *static_cast<Alarm&>(t).stream;
    self.read_late_ = true;
    wake(self.reader_);
  });
}

Task<Result<Unit>> Stream::handshake() {
  for (;;) {
    auto moved = transport_->handshake();
    if (moved.how == Moved::How::bytes) co_return Unit{};
    if (moved.how != Moved::How::would_block) co_return error(Error::Kind::malformed, "tls_handshake_failed");
    if (read_late_) co_return error(Error::Kind::timeout, "tls_handshake_timeout");
    readable_ = false;
    any_event_ = true;
    co_await readable();
    any_event_ = false;
  }
}

// ---- sending

char* Stream::reserve(std::size_t size) noexcept {
  if (!out_) out_ = reactor_.buffers().take();
  if (size > out_.size() - end_ && begin_ > 0) {
    std::memmove(out_.data(), out_.data() + begin_, pending());
    end_ -= begin_;
    begin_ = 0;
  }
  return size <= out_.size() - end_ ? out_.data() + end_ : nullptr;
}

void Stream::commit(std::size_t size) noexcept {
  end_ += static_cast<std::uint32_t>(size);
  reactor_.dirty(*this);
}

Result<Unit> Stream::sent_or_broken() const noexcept {
  if (broken_) return error(Error::Kind::reset, cause_);
  return Unit{};
}

Eventual<Result<Unit>> Stream::write(std::string_view bytes) {
  if (broken_ || bytes.empty()) return sent_or_broken();
  auto* to = reserve(bytes.size());
  if (!to) return write_later(bytes);
  std::memcpy(to, bytes.data(), bytes.size());
  commit(bytes.size());
  return ok();
}

Task<Result<Unit>> Stream::write_later(std::string_view bytes) {
  while (!bytes.empty() && !broken_) {
    auto part = bytes.substr(0, high_water);
    if (auto* to = reserve(part.size())) {
      std::memcpy(to, part.data(), part.size());
      commit(part.size());
      bytes.remove_prefix(part.size());
    } else {
      co_await Writable(*this);
    }
  }
  co_return sent_or_broken();
}

Eventual<Result<Unit>> Stream::write_through(std::initializer_list<std::string_view> parts) {
  if (broken_) return sent_or_broken();
  Through through(parts);
  if (may_send_now(through)) {
    Attached attached(*this, through);
    flush();
    if (broken_ || through.empty()) return sent_or_broken();
  }
  return write_through_later(through);
}

// What was just received is still in the processor's cache: much of it is sent at once, unlike what is small.
// But not without end: the others on this worker have their turn, too.
bool Stream::may_send_now(const Through& through) noexcept {
  if (burst_at_ != reactor_.now()) {
    burst_at_ = reactor_.now();
    burst_ = 0;
  }
  burst_ += through.size();
  return burst_ <= longest_burst;
}

Task<Result<Unit>> Stream::write_through_later(Through parts) {
  Attached attached(*this, parts);
  reactor_.dirty(*this);
  co_await Writable(*this);
  co_return sent_or_broken();
}

Eventual<Result<Unit>> Stream::drained() {
  if (broken_ || !busy()) return sent_or_broken();
  return drained_later();
}

Task<Result<Unit>> Stream::drained_later() {
  co_await Writable(*this);
  co_return sent_or_broken();
}

void Stream::finish() noexcept {
  finish_ = true;
  reactor_.dirty(*this);
}

void Stream::flush() noexcept {
  if (broken_ || !writable_) return;
  while (pending() > 0 || (through_ && !through_->empty()))
    if (!send_some()) return;
  if (finish_ && !transport_->finish()) {
    writable_ = false;
    return;
  }
  finish_ = false;
  all_sent();
}

bool Stream::busy() const noexcept {
  return pending() > 0 || finish_ || (through_ && !through_->empty());
}

// False: the rest has to wait for an event.
bool Stream::send_some() noexcept {
  Through alone({});
  auto& t = through_ ? *through_ : alone;
  t.parts[0] = {out_.data() + begin_, pending()};
  bool buffered = pending() > 0;
  auto moved = transport_->send({t.parts + (buffered ? 0 : 1), t.count - (buffered ? 0u : 1u)});
  if (moved.how == Moved::How::broken) {
    broke("reset");
    return false;
  }
  if (moved.how == Moved::How::would_block) {
    writable_ = false;
    if (write_timeout_ != Duration{} && !write_alarm_.armed())
      reactor_.timers().arm(write_alarm_, reactor_.now() + write_timeout_, [](Timer& timer) {
        auto& self = *static_cast<Alarm&>(timer).stream;
        self.broke("write_timeout");
      });
    return false;
  }
  write_alarm_.disarm();
  sent_ += moved.count;
  auto of_buffer = std::min(moved.count, pending());
  begin_ += static_cast<std::uint32_t>(of_buffer);
  t.drop_front(moved.count - of_buffer);
  return true;
}

void Stream::all_sent() noexcept {
  begin_ = end_ = 0;
  out_.reset();
  wake(writer_);
}

void Stream::broke(const char* cause) noexcept {
  broken_ = true;
  cause_ = cause;
  begin_ = end_ = 0;
  out_.reset();
  write_alarm_.disarm();
  wake(writer_);
}

// ---- events

void Stream::on_events(std::uint32_t events) noexcept {
  bool gone = (events & (EPOLLERR | EPOLLHUP)) != 0;
  // TLS may have to read before it can go on writing.
  if (events & EPOLLOUT || gone || !writable_) {
    writable_ = true;
    if (busy()) reactor_.dirty(*this);
    if (any_event_) readable_ = true;
  }
  if (events & (EPOLLIN | EPOLLRDHUP) || gone) {
    readable_ = true;
    ended_ |= gone || (events & EPOLLRDHUP) != 0;
  }
  if (readable_ && reader_)
    wake(reader_);
  else if (owner_ && events & (EPOLLIN | EPOLLRDHUP))
    owner_->on_stray(*this);
  if (gone && owner_) owner_->on_gone(*this);
}

}  // namespace sluice::net
