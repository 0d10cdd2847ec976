#include "net/http1/sink.hpp"

#include <sys/socket.h>

#include <cstring>

#include "http/chunked.hpp"
#include "http/words.hpp"

namespace sluice::net::http1 {

using Body = http::Framing::Body;

namespace {

// Copying up to here is cheaper than a second part of a vector.
constexpr std::size_t copied = 4096;

// How long a client may take to answer our Close.
constexpr auto time_to_leave = std::chrono::seconds(1);

bool never_has_body(std::uint16_t status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace

void Sink::answer_to(const http::Framing& framing, Method method, bool may_keep_alive) noexcept {
  method_ = method;
  minor_ = framing.minor;
  keep_alive_ = framing.keep_alive && may_keep_alive;
}

Eventual<Result<Unit>> Sink::interim(std::uint16_t status, const Fields& fields) {
  if (minor_ == 0) return ok();  // RFC 9110 §15.2: not to an HTTP/1.0 client
  if (status == 100) reader_.continue_sent();
  http::ResponseHead head;
  head.status = status;
  head.fields = &fields;
  return write_head(head);
}

// What is not here yet of the request's body would be taken for the next request: then this answer is the
// last one, and so it is while an upload still takes it. Known before the head goes out, because the head has
// to say so.
bool Sink::decide_keep_alive(const Response& response) noexcept {
  if (!keep_alive_ || connection_.listener.draining) return false;
  if (response.body && response.length == unknown_length && minor_ == 0 && method_ != Method::head)
    return false;
  return reader_.complete() || (!reader_.begun() && reader_.skip_rest());
}

http::ResponseHead Sink::describe(const Response& response) noexcept {
  http::ResponseHead head;
  head.status = response.status;
  head.fields = &response.fields;
  head.minor = minor_;
  head.keep_alive = keep_alive_;
  head.date = connection_.stream.reactor().http_date();
  head.length = response.length;
  if (response.length == unknown_length)
    head.body = never_has_body(response.status) || method_ == Method::head ? Body::none
                : minor_ == 0                                              ? Body::until_close
                                                                           : Body::chunked;
  else
    head.body = never_has_body(response.status) && response.status != 304 ? Body::none : Body::length;
  return head;
}

Eventual<Result<Unit>> Sink::head(const Response& response) {
  head_sent_ = true;
  auto tunnel = response.status == 101;
  keep_alive_ = !tunnel && decide_keep_alive(response);
  auto head = describe(response);
  if (tunnel) {
    head.upgrade = response.upgrade;
    head.keep_alive = true;
    reader_.open_tunnel();
    if (http::same<"websocket">(response.upgrade)) connection_.tunnel = this;
  }
  bool has_body = response.body && method_ != Method::head && (tunnel || !never_has_body(response.status));
  framing_ = !has_body ? Body::none : tunnel ? Body::until_close : head.body;
  whole_ = !has_body;
  return write_head(head);
}

Eventual<Result<Unit>> Sink::write_head(const http::ResponseHead& head) {
  auto& stream = connection_.stream;
  auto size = http::head_size(head);
  if (auto* to = stream.reserve(size)) {
    stream.commit(static_cast<std::size_t>(http::write_head(head, to) - to));
    return stream.broken() ? stream.drained() : Eventual<Result<Unit>>(ok());
  }
  std::string large(size, '\0');
  large.resize(static_cast<std::size_t>(http::write_head(head, large.data()) - large.data()));
  return write_large_head(std::move(large));
}

Task<Result<Unit>> Sink::write_large_head(std::string head) {
  auto writing = connection_.stream.write_through({head});
  co_return co_await writing;
}

Eventual<Result<Unit>> Sink::body(const Chunk& chunk) {
  std::string_view bytes(chunk.bytes.data(), chunk.bytes.size());
  if (chunk.end) whole_ = true;
  if (framing_ == Body::none) return ok();
  if (framing_ == Body::chunked) {
    if (bytes.empty()) return chunk.end ? write_last(chunk.trailers) : Eventual<Result<Unit>>(ok());
    auto writing = write_chunk(bytes);
    if (!chunk.end) return writing;
    if (writing.ready()) return writing.value() ? write_last(chunk.trailers) : std::move(writing);
    return chunk_then_last(std::move(writing.task()), chunk.trailers);
  }
  if (connection_.tunnel == this) return tunnel(bytes);
  if (bytes.size() <= copied) return connection_.stream.write(bytes);
  return connection_.stream.write_through({bytes});
}

// A WebSocket: passed on as it is, until it is this one's turn to go.
Eventual<Result<Unit>> Sink::tunnel(std::string_view bytes) {
  auto boundary = frames_.feed(bytes);
  if (left_) return ok();
  if (!leaving_ || boundary == http::FrameTracker::none) {
    if (bytes.size() <= copied) return connection_.stream.write(bytes);
    return connection_.stream.write_through({bytes});
  }
  say_goodbye();
  return connection_.stream.write_through({bytes.substr(0, boundary), http::websocket_going_away});
}

void Sink::leave_at(TimePoint at) noexcept {
  connection_.listener.reactor.timers().arm(farewell_, at, [](Timer& t) {
    auto& self = *static_cast<Farewell&>(t).sink;
    self.leaving_ = true;
    if (!self.frames_.at_boundary()) return;
    if (auto* to = self.connection_.stream.reserve(http::websocket_going_away.size())) {
      std::memcpy(to, http::websocket_going_away.data(), http::websocket_going_away.size());
      self.connection_.stream.commit(http::websocket_going_away.size());
      self.say_goodbye();
    }
  });
}

// The client's own Close goes on to the upstream meanwhile.
void Sink::say_goodbye() noexcept {
  left_ = true;
  auto& reactor = connection_.listener.reactor;
  reactor.timers().arm(farewell_, reactor.now() + time_to_leave,
                       [](Timer& t) { static_cast<Farewell&>(t).sink->connection_.end(); });
}

Eventual<Result<Unit>> Sink::write_chunk(std::string_view bytes) {
  auto& stream = connection_.stream;
  auto head = http::write_chunk_head(chunk_head_, bytes.size());
  auto whole = head + bytes.size() + http::chunk_tail.size();
  if (bytes.size() <= copied)
    if (auto* to = stream.reserve(whole)) {
      to = std::copy_n(chunk_head_, head, to);
      to = std::copy_n(bytes.data(), bytes.size(), to);
      std::copy_n(http::chunk_tail.data(), http::chunk_tail.size(), to);
      stream.commit(whole);
      return stream.broken() ? stream.drained() : Eventual<Result<Unit>>(ok());
    }
  return stream.write_through({{chunk_head_, head}, bytes, http::chunk_tail});
}

Task<Result<Unit>> Sink::chunk_then_last(Task<Result<Unit>> chunk, const Fields* trailers) {
  if (auto sent = co_await chunk; !sent) co_return sent;
  auto last = write_last(trailers);
  co_return co_await last;
}

Eventual<Result<Unit>> Sink::write_last(const Fields* trailers) {
  auto& stream = connection_.stream;
  auto size = http::last_chunk_size(trailers);
  if (auto* to = stream.reserve(size)) {
    http::write_last_chunk(to, trailers);
    stream.commit(size);
    return stream.broken() ? stream.drained() : Eventual<Result<Unit>>(ok());
  }
  std::string large(size, '\0');
  http::write_last_chunk(large.data(), trailers);
  return write_large_head(std::move(large));
}

// Without a length or chunks only a reset tells the client that this was not the end.
void Sink::abort(const Error&) noexcept {
  aborted_ = true;
  int fd = connection_.stream.transport().descriptor();
  if (framing_ != Body::until_close || fd < 0) return;
  linger hard{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace sluice::net::http1
