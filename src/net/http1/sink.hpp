// An answer onto an HTTP/1 connection: head, framing and body bytes, in the version that the client speaks.
#pragma once
#include "http/h1_writer.hpp"
#include "http/head.hpp"
#include "http/websocket.hpp"
#include "net/connection.hpp"
#include "net/http1/request_body.hpp"
#include "pipeline/handler.hpp"

namespace sluice::net::http1 {

class Sink final : public ResponseSink, private Connection::Tunnel {
 public:
  Sink(Connection& connection, RequestReader& reader) noexcept : connection_(connection), reader_(reader) {
    farewell_.sink = this;
  }
  ~Sink() override {
    if (connection_.tunnel == this) connection_.tunnel = nullptr;
  }

  // What the client asked with, once its head is known; the head of a malformed request never is.
  void answer_to(const http::Framing& framing, Method method, bool may_keep_alive) noexcept;

  Eventual<Result<Unit>> interim(std::uint16_t status, const Fields& fields) override;
  Eventual<Result<Unit>> head(const Response& response) override;
  bool head_sent() const noexcept override { return head_sent_; }
  Eventual<Result<Unit>> body(const Chunk& chunk) override;
  void abort(const Error& error) noexcept override;

  // After serve(): the connection may carry the next request.
  bool keep_alive() const noexcept { return keep_alive_ && whole_ && !aborted_; }
  bool aborted() const noexcept { return aborted_; }

 private:
  bool decide_keep_alive(const Response& response) noexcept;
  http::ResponseHead describe(const Response& response) noexcept;
  Eventual<Result<Unit>> write_head(const http::ResponseHead& head);
  Task<Result<Unit>> write_large_head(std::string head);
  Eventual<Result<Unit>> write_chunk(std::string_view bytes);
  Eventual<Result<Unit>> write_last(const Fields* trailers);
  Task<Result<Unit>> chunk_then_last(Task<Result<Unit>> chunk, const Fields* trailers);

  void leave_at(TimePoint at) noexcept override;
  Eventual<Result<Unit>> tunnel(std::string_view bytes);
  void say_goodbye() noexcept;

  // When it is this tunnel's turn to go, and then how long the client may take to go too.
  struct Farewell : Timer {
    Sink* sink = nullptr;
  };

  Connection& connection_;
  RequestReader& reader_;
  http::FrameTracker frames_;
  Farewell farewell_;
  http::Framing::Body framing_ = http::Framing::Body::none;
  Method method_ = Method::get;
  std::uint8_t minor_ = 1;
  char chunk_head_[http::max_chunk_head];
  bool keep_alive_ = false;
  bool head_sent_ = false;
  bool whole_ = false;
  bool aborted_ = false;
  bool leaving_ = false;
  bool left_ = false;
};

}  // namespace sluice::net::http1
