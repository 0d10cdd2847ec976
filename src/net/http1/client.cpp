#include "net/http1/client.hpp"

#include "net/reactor.hpp"

namespace sluice::net {

using Body = http::Framing::Body;
using State = http::Progress::State;

namespace {
constexpr std::size_t copied = 4096;
}  // namespace

Http1Client::Http1Client(std::unique_ptr<Stream> stream, const http::HeadLimits& limits)
    : stream_(std::move(stream)), limits_(limits), parser_(limits) {
  stream_->set_owner(this);
}

Http1Client::~Http1Client() = default;

Error Http1Client::broken(Error::Kind kind, const char* cause) noexcept {
  spoiled_ = true;
  body_ = Body::none;
  return Error(kind, Error::Side::upstream, cause, Error::Retry::idempotent);
}

// ---- sending

Eventual<Result<Unit>> Http1Client::send_head(const http::RequestHead& head) {
  ++exchanges_;
  answered_ = false;
  resting_ = false;
  sending_ = head.upgrade.empty() ? head.body : Body::until_close;
  sent_all_ = sending_ == Body::none;
  keep_alive_ = head.keep_alive;
  if (spoiled_ || stream_->broken()) return Result<Unit>(broken(Error::Kind::closed, "upstream_closed"));
  auto size = http::head_size(head);
  if (auto* to = stream_->reserve(size)) {
    stream_->commit(static_cast<std::size_t>(http::write_head(head, to) - to));
    return ok();
  }
  std::string large(size, '\0');
  large.resize(static_cast<std::size_t>(http::write_head(head, large.data()) - large.data()));
  return send_large(std::move(large));
}

Task<Result<Unit>> Http1Client::send_large(std::string bytes) {
  auto writing = stream_->write_through({bytes});
  co_return co_await writing;
}

Eventual<Result<Unit>> Http1Client::send_body(const Chunk& chunk) {
  std::string_view bytes(chunk.bytes.data(), chunk.bytes.size());
  if (sending_ == Body::chunked) return send_chunked(bytes, chunk);
  if (bytes.size() > copied) return send_through(bytes, chunk.end);
  auto writing = stream_->write(bytes);
  if (!writing.ready()) return send_through(bytes, chunk.end);
  sent_all_ = sent_all_ || chunk.end;
  return writing;
}

// Only what has left counts: a pump that is cancelled halfway must not make the connection look clean.
Task<Result<Unit>> Http1Client::send_through(std::string_view bytes, bool end) {
  auto writing = stream_->write_through({bytes});
  auto sent = co_await writing;
  sent_all_ = sent_all_ || (end && sent);
  co_return sent;
}

Eventual<Result<Unit>> Http1Client::send_chunked(std::string_view bytes, const Chunk& chunk) {
  auto head = bytes.empty() ? 0 : http::write_chunk_head(chunk_head_, bytes.size());
  auto last = chunk.end ? http::last_chunk_size(chunk.trailers) : 0;
  auto whole = head + bytes.size() + (head ? http::chunk_tail.size() : 0) + last;
  auto* to = whole <= 2 * copied ? stream_->reserve(whole) : nullptr;
  if (!to) return send_large_chunk(bytes, chunk);
  if (head) {
    to = std::copy_n(chunk_head_, head, to);
    to = std::copy_n(bytes.data(), bytes.size(), to);
    to = std::copy_n(http::chunk_tail.data(), http::chunk_tail.size(), to);
  }
  if (last) http::write_last_chunk(to, chunk.trailers);
  sent_all_ = sent_all_ || chunk.end;
  stream_->commit(whole);
  return stream_->broken() ? stream_->drained() : Eventual<Result<Unit>>(ok());
}

Task<Result<Unit>> Http1Client::send_large_chunk(std::string_view bytes, Chunk chunk) {
  std::string last(chunk.end ? http::last_chunk_size(chunk.trailers) : 0, '\0');
  if (chunk.end) http::write_last_chunk(last.data(), chunk.trailers);
  if (!bytes.empty()) {
    auto head = http::write_chunk_head(chunk_head_, bytes.size());
    auto writing = stream_->write_through({{chunk_head_, head}, bytes, http::chunk_tail});
    if (auto sent = co_await writing; !sent) co_return sent;
  }
  auto writing = send_through(last, chunk.end);
  co_return co_await writing;
}

// ---- receiving the head

Eventual<Result<Unit>> Http1Client::receive_head(Method asked, Response& into) {
  parser_.reset(into);
  if (in_.empty() && !stream_->maybe_readable()) return receive_head_later(asked, into);
  auto parsed = parse_head(asked, into);
  if (!parsed) return Result<Unit>(parsed.error());
  if (*parsed) return ok();
  return receive_head_later(asked, into);
}

Task<Result<Unit>> Http1Client::receive_head_later(Method asked, Response& into) {
  for (;;) {
    if (in_.empty() && !stream_->maybe_readable()) co_await stream_->readable();
    auto room = make_room(into);
    auto reading = stream_->read(room);
    auto n = co_await reading;
    if (!n) co_return broken(n.error().kind, answered_ ? "upstream_reset" : "upstream_reset_before_answer");
    if (*n == 0)
      co_return broken(Error::Kind::closed, answered_ ? "upstream_head_incomplete" : "upstream_closed");
    answered_ = true;
    in_.received(*n);
    auto parsed = parse_head(asked, into);
    if (!parsed) co_return parsed.error();
    if (*parsed) co_return Unit{};
  }
}

std::span<char> Http1Client::make_room(Response& into) {
  auto& pool = stream_->reactor().large_buffers();  // most answers come whole with their head
  auto room = in_.room(pool);
  if (!room.empty()) return room;
  if (!in_.compact()) in_.grow(limits_.head + 1);
  parser_.reset(into);
  return in_.room(pool);
}

Result<bool> Http1Client::parse_head(Method asked, Response& into) {
  auto progress = parser_.feed(in_.bytes(), asked, into, framing_);
  if (progress.state == State::need_more) return false;
  if (progress.state == State::fault) return broken(Error::Kind::malformed, progress.fault.cause);
  keep_head(progress.head_size, into);
  body_ = framing_.body;
  left_ = framing_.length;
  keep_alive_ = keep_alive_ && framing_.keep_alive;
  if (into.status == 101) {
    into.upgrade = into.fields.arena().copy(framing_.upgrade);
    body_ = Body::until_close;
    keep_alive_ = false;
  }
  if (body_ == Body::chunked) chunks_.emplace();
  return true;
}

// The head's text moves to the exchange's arena: the buffer is this connection's, and the body may outlive
// the exchange.
void Http1Client::keep_head(std::size_t size, Response& into) {
  auto received = in_.bytes().substr(0, size);
  auto kept = into.fields.arena().copy(received);
  into.fields.rebase(received, kept.data());
  if (!framing_.upgrade.empty() && framing_.upgrade.data() >= received.data() &&
      framing_.upgrade.data() < received.data() + received.size())
    framing_.upgrade = {kept.data() + (framing_.upgrade.data() - received.data()), framing_.upgrade.size()};
  in_.consume(size);
}

// ---- receiving the body

Eventual<Result<Chunk>> Http1Client::read_body(std::size_t max) {
  Result<Chunk> chunk = Chunk{{}, true, nullptr};
  if (body_ == Body::none || take(max, chunk)) return chunk;
  return read_body_later(max);
}

Task<Result<Chunk>> Http1Client::read_body_later(std::size_t max) {
  auto& reactor = stream_->reactor();
  auto& pool = max > reactor.large_buffers().block_size() ? reactor.bulk_buffers() : reactor.large_buffers();
  for (Result<Chunk> chunk = Chunk{};;) {
    // A block is held only while there is something in it: then all that stream on this worker share the few
    // that are warm in the processor's cache.
    if (in_.empty()) in_.release();
    if (!stream_->maybe_readable()) co_await stream_->readable();
    in_.compact();
    auto reading = stream_->read(in_.room(pool));
    auto n = co_await reading;
    if (!n)
      co_return broken(n.error().kind,
                       n.error().kind == Error::Kind::timeout ? "upstream_idle" : "upstream_reset");
    if (*n == 0) {
      if (body_ != Body::until_close) co_return broken(Error::Kind::closed, "upstream_body_incomplete");
      body_ = Body::none;
      keep_alive_ = false;
      co_return Chunk{{}, true, nullptr};
    }
    in_.received(*n);
    if (take(max, chunk)) co_return chunk;
  }
}

bool Http1Client::take(std::size_t max, Result<Chunk>& chunk) {
  if (in_.empty()) return false;
  if (body_ == Body::chunked) return take_chunked(max, chunk);
  auto n = std::min(in_.size(), max);
  if (body_ == Body::length) n = static_cast<std::size_t>(std::min<std::uint64_t>(n, left_));
  left_ -= body_ == Body::length ? n : 0;
  chunk = Chunk{in_.mutable_bytes().first(n), body_ == Body::length && left_ == 0, nullptr};
  in_.consume(n);
  if (chunk->end) body_ = Body::none;
  return true;
}

bool Http1Client::take_chunked(std::size_t max, Result<Chunk>& chunk) {
  auto decoded = chunks_->decode(in_.mutable_bytes(), max);
  in_.consume(decoded.consumed);
  if (decoded.fault) {
    chunk = broken(Error::Kind::malformed, decoded.fault.cause);
    return true;
  }
  if (decoded.data.empty() && !decoded.end) return false;
  chunk = Chunk{decoded.data, decoded.end, decoded.end ? chunks_->trailers() : nullptr};
  if (decoded.end) body_ = Body::none;
  return true;
}

// ---- between exchanges

bool Http1Client::reusable() const noexcept {
  return !spoiled_ && keep_alive_ && sent_all_ && answered_ && body_ == Body::none && in_.empty() &&
         !stream_->broken() && !stream_->maybe_readable();
}

void Http1Client::rest() noexcept {
  in_.release();
  chunks_.reset();
  stream_->set_read_deadline(TimePoint::max());
  resting_ = true;
}

void Http1Client::on_gone(Stream&) noexcept {
  if (resting_) on_stray(*stream_);
}

void Http1Client::on_stray(Stream&) noexcept {
  if (!resting_ || std::exchange(spoiled_, true)) return;
  if (observer_) observer_->on_spoiled(*this);
}

}  // namespace sluice::net
