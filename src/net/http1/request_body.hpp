// The body of a request on an HTTP/1 connection, in whatever framing its head announced. It reads what came
// with the head first, from where it lies, then from the connection.
#pragma once
#include "http/chunked.hpp"
#include "http/head.hpp"
#include "net/connection.hpp"
#include "net/receive_buffer.hpp"
#include "sluice/body.hpp"

namespace sluice::net::http1 {

// The part of a request's reading that outlives the body source: the session asks it what is left.
class RequestReader {
 public:
  RequestReader(Connection& connection, ReceiveBuffer& received) noexcept;

  // The head is parsed and consumed from `received`. `exchange` is told of what comes in.
  void begin(const http::Framing& framing, Exchange& exchange) noexcept;
  void begin_tunnel(Exchange& exchange) noexcept;

  Eventual<Result<Chunk>> read(std::size_t max);

  // The body was read to its end, or there is none.
  bool complete() const noexcept { return body_ == http::Framing::Body::none; }
  // Somebody has begun to read it, and may be holding a piece or waiting for the next.
  bool begun() const noexcept { return reading_; }
  // Skips what is left if all of it is here; true when the next request may follow. Only where nobody reads.
  bool skip_rest() noexcept;
  // An interim 100 went out, by whoever's decision.
  void continue_sent() noexcept { expects_continue_ = false; }
  // Nothing may be read before the 101 is on its way; this lets it.
  void open_tunnel() noexcept { tunnel_open_ = true; }
  bool broken() const noexcept { return broken_; }
  // Bytes after this request: moves them where the next one is read.
  void hand_over(ReceiveBuffer& to);

 private:
  Task<Result<Chunk>> read_later(std::size_t max);
  // Looks at what is there; false: nothing is, more must be received.
  bool take(std::size_t max, Result<Chunk>& chunk);
  bool take_sized(std::size_t max, Result<Chunk>& chunk);
  bool take_chunked(std::size_t max, Result<Chunk>& chunk);
  bool take_raw(std::size_t max, Result<Chunk>& chunk);
  Error fault(Error::Kind kind, const char* cause) noexcept;
  ReceiveBuffer& current() noexcept { return own_.capacity() ? own_ : received_; }
  TimePoint due() const noexcept;

  Connection& connection_;
  ReceiveBuffer& received_;  // with the head in front of it: never moved while the exchange lives
  ReceiveBuffer own_;        // for what comes after it
  Exchange* exchange_ = nullptr;
  http::ChunkedDecoder chunks_;
  http::Framing::Body body_ = http::Framing::Body::none;
  std::uint64_t left_ = 0;
  std::uint64_t total_ = 0;
  TimePoint begun_{};
  bool expects_continue_ = false;
  bool tunnel_open_ = true;
  bool broken_ = false;
  bool reading_ = false;
};

// What the exchange holds; the reader stays with the session.
class RequestBody final : public BodySource {
 public:
  explicit RequestBody(RequestReader& reader) noexcept : reader_(reader) {}
  Eventual<Result<Chunk>> read(std::size_t max) override { return reader_.read(max); }

 private:
  RequestReader& reader_;
};

}  // namespace sluice::net::http1
