#include "net/http1/request_body.hpp"

namespace sluice::net::http1 {

using Body = http::Framing::Body;

namespace {
constexpr std::string_view continue_head = "HTTP/1.1 100 Continue\r\n\r\n";

http::ChunkLimits chunk_limits(const http::HeadLimits& limits) noexcept {
  http::ChunkLimits l;
  l.trailer_fields = limits.fields;
  return l;
}

}  // namespace

RequestReader::RequestReader(Connection& connection, ReceiveBuffer& received) noexcept
    : connection_(connection),
      received_(received),
      chunks_(chunk_limits(connection.listener.settings->limits)) {}

void RequestReader::begin(const http::Framing& framing, Exchange& exchange) noexcept {
  body_ = framing.body;
  left_ = framing.length;
  exchange_ = &exchange;
  expects_continue_ = framing.expects_continue;
  begun_ = connection_.stream.reactor().now();
}

void RequestReader::begin_tunnel(Exchange& exchange) noexcept {
  body_ = Body::until_close;
  exchange_ = &exchange;
  tunnel_open_ = false;
}

Error RequestReader::fault(Error::Kind kind, const char* cause) noexcept {
  broken_ = true;
  return Error(kind, Error::Side::downstream, cause);
}

// Between two pieces, and on the whole: the average may not fall below the rate once the first grace is over.
TimePoint RequestReader::due() const noexcept {
  auto& settings = *connection_.listener.settings;
  auto now = connection_.stream.reactor().now();
  auto at = settings.body_timeout == Duration{} ? TimePoint::max() : now + settings.body_timeout;
  if (settings.body_rate == 0) return at;
  auto earned = std::chrono::milliseconds(total_ * 1000 / settings.body_rate);
  return std::min(at, begun_ + settings.body_timeout + earned);
}

Eventual<Result<Chunk>> RequestReader::read(std::size_t max) {
  if (broken_) return Result<Chunk>(fault(Error::Kind::malformed, "body_broken"));
  if (body_ == Body::none) return Result<Chunk>(Chunk{{}, true, nullptr});
  reading_ = true;
  Result<Chunk> chunk = Chunk{};
  if (tunnel_open_ && take(max, chunk)) return chunk;
  return read_later(max);
}

Task<Result<Chunk>> RequestReader::read_later(std::size_t max) {
  auto& stream = connection_.stream;
  if (std::exchange(expects_continue_, false)) {
    auto writing = stream.write(continue_head);
    if (auto sent = co_await writing; !sent) co_return sent.error();
  }
  for (Result<Chunk> chunk = Chunk{};;) {
    if (body_ != Body::until_close) stream.set_read_deadline(due());
    // What came with the head stays where it is; what follows gets a block of its own, a large one if much
    // is to come.
    if (!own_.capacity() && !received_.empty()) own_.assign(stream.reactor().buffers(), received_.bytes());
    received_.consume(received_.size());
    own_.compact();
    bool much = left_ > stream.reactor().buffers().block_size() || body_ != Body::length;
    auto reading =
        stream.read(own_.room(much ? stream.reactor().large_buffers() : stream.reactor().buffers()));
    auto n = co_await reading;
    stream.set_read_deadline(TimePoint::max());
    if (!n)
      co_return fault(n.error().kind,
                      n.error().kind == Error::Kind::timeout ? "body_timeout" : "client_gone");
    if (*n == 0 && body_ != Body::until_close) co_return fault(Error::Kind::closed, "body_incomplete");
    if (*n == 0) {
      body_ = Body::none;
      co_return Chunk{{}, true, nullptr};
    }
    own_.received(*n);
    if (take(max, chunk)) co_return chunk;
  }
}

bool RequestReader::take(std::size_t max, Result<Chunk>& chunk) {
  if (current().empty()) return false;
  bool found = body_ == Body::length    ? take_sized(max, chunk)
               : body_ == Body::chunked ? take_chunked(max, chunk)
                                        : take_raw(max, chunk);
  if (found && chunk) {
    total_ += chunk->bytes.size();
    exchange_->body_received(chunk->bytes.size());
    if (chunk->end) body_ = Body::none;
  }
  return found;
}

bool RequestReader::take_sized(std::size_t max, Result<Chunk>& chunk) {
  auto& from = current();
  auto n = std::min({from.size(), max, static_cast<std::size_t>(left_)});
  left_ -= n;
  chunk = Chunk{from.mutable_bytes().first(n), left_ == 0, nullptr};
  from.consume(n);
  return true;
}

bool RequestReader::take_chunked(std::size_t max, Result<Chunk>& chunk) {
  auto& from = current();
  auto decoded = chunks_.decode(from.mutable_bytes(), max);
  from.consume(decoded.consumed);
  if (decoded.fault) {
    chunk = fault(Error::Kind::malformed, decoded.fault.cause);
    return true;
  }
  if (decoded.data.empty() && !decoded.end) return false;
  chunk = Chunk{decoded.data, decoded.end, decoded.end ? chunks_.trailers() : nullptr};
  return true;
}

bool RequestReader::take_raw(std::size_t max, Result<Chunk>& chunk) {
  auto& from = current();
  auto n = std::min(from.size(), max);
  chunk = Chunk{from.mutable_bytes().first(n), false, nullptr};
  from.consume(n);
  return true;
}

bool RequestReader::skip_rest() noexcept {
  if (broken_ || expects_continue_) return false;
  if (body_ == Body::until_close) {
    // An upgrade that was not granted: what came after the request is the next one.
    body_ = Body::none;
    return true;
  }
  Result<Chunk> chunk = Chunk{};
  while (body_ != Body::none)
    if (!take(SIZE_MAX, chunk) || !chunk) return false;
  return true;
}

void RequestReader::hand_over(ReceiveBuffer& to) {
  if (own_.capacity()) to = std::move(own_);
}

}  // namespace sluice::net::http1
