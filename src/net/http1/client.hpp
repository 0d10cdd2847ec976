// Http1Client: one HTTP/1.1 connection to an upstream; one exchange at a time.
//
//   auto sending = client.send_head(head);                        // leaves with the turn's other writes
//   if (auto sent = co_await sending; !sent) ...
//   auto receiving = client.receive_head(method, exchange.response);
//   auto got = co_await receiving;                                // 1xx too: look at the status, ask again
//   while (client.has_body()) { auto reading = client.read_body(max); auto chunk = co_await reading; ... }
//   if (client.reusable()) pool.put_back(std::move(client));
//
// Errors have Side::upstream; `retry` says whether the request can have been seen. After a 101 send_body and
// read_body move raw bytes, until the connection ends.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "http/chunked.hpp"
#include "http/h1_parser.hpp"
#include "http/h1_writer.hpp"
#include "net/receive_buffer.hpp"
#include "net/stream.hpp"
#include "sluice/body.hpp"
#include "sluice/http.hpp"

namespace sluice::net {

class Http1Client final : public Recycled, private Stream::Owner {
 public:
  Http1Client(std::unique_ptr<Stream> stream, const http::HeadLimits& limits);
  ~Http1Client() override;

  // An idle connection that the other side closed, or that speaks out of turn. Called while events are
  // collected: note it, and destroy the client later, from the loop.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void on_spoiled(Http1Client&) noexcept = 0;
  };
  void set_observer(Observer* observer) noexcept { observer_ = observer; }

  // ---- an exchange, in this order
  // Begins one. What the head says of the body is the framing of send_body().
  Eventual<Result<Unit>> send_head(const http::RequestHead& head);
  // Ready when the bytes were sent or copied. With chunk.end the request is complete.
  Eventual<Result<Unit>> send_body(const Chunk& chunk);
  // The next head, 1xx included. Its text lives in the response's arena.
  Eventual<Result<Unit>> receive_head(Method asked, Response& into);
  // The head that was received last has a body, and its end was not read yet.
  bool has_body() const noexcept { return body_ != http::Framing::Body::none; }
  Eventual<Result<Chunk>> read_body(std::size_t max);

  // ---- about it
  bool reused() const noexcept { return exchanges_ > 1; }  // not the first exchange on this connection
  bool answered() const noexcept { return answered_; }     // a byte of the current answer came
  bool request_complete() const noexcept { return sent_all_; }
  // Nothing is left of the last exchange, both sides want to go on, and nothing arrived since.
  bool reusable() const noexcept;
  // Gives the buffers back. For a connection that waits in a pool.
  void rest() noexcept;
  Stream& stream() noexcept { return *stream_; }

 private:
  void on_gone(Stream&) noexcept override;
  void on_stray(Stream&) noexcept override;

  Task<Result<Unit>> send_large(std::string bytes);
  Task<Result<Unit>> send_through(std::string_view bytes, bool end);
  Eventual<Result<Unit>> send_chunked(std::string_view bytes, const Chunk& chunk);
  Task<Result<Unit>> send_large_chunk(std::string_view bytes, Chunk chunk);
  Task<Result<Unit>> receive_head_later(Method asked, Response& into);
  std::span<char> make_room(Response& into);
  Result<bool> parse_head(Method asked, Response& into);  // false: more is needed
  void keep_head(std::size_t size, Response& into);
  Task<Result<Chunk>> read_body_later(std::size_t max);
  bool take(std::size_t max, Result<Chunk>& chunk);  // false: more must be received
  bool take_chunked(std::size_t max, Result<Chunk>& chunk);
  Error broken(Error::Kind kind, const char* cause) noexcept;

  std::unique_ptr<Stream> stream_;
  Observer* observer_ = nullptr;
  http::HeadLimits limits_;
  http::ResponseParser parser_;
  http::Framing framing_;
  std::optional<http::ChunkedDecoder> chunks_;
  ReceiveBuffer in_;
  std::uint64_t left_ = 0;  // of a body with a length
  http::Framing::Body body_ = http::Framing::Body::none;
  http::Framing::Body sending_ = http::Framing::Body::none;
  unsigned exchanges_ = 0;
  char chunk_head_[http::max_chunk_head];
  bool answered_ = false;
  bool sent_all_ = true;
  bool keep_alive_ = true;
  bool spoiled_ = false;
  bool resting_ = false;
};

}  // namespace sluice::net
