// The ports between a session, which knows a protocol, and serve(), which knows what to do with a request.
//
//   Http1Sink sink(...);                             // the session's, for one exchange
//   auto serving = handler.serve(exchange, sink);
//   co_await serving;                                // the exchange has ended when it returns
#pragma once
#include "sluice/exchange.hpp"

namespace sluice {

// Where an answer goes: one for each exchange, made by the session. serve() is its only caller, and calls in
// this order: interim*, head, body*, or abort at any time.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;

  virtual Eventual<Result<Unit>> interim(std::uint16_t status, const Fields& fields) = 0;
  // Where response.body is null the answer ends here.
  virtual Eventual<Result<Unit>> head(const Response& response) = 0;
  virtual bool head_sent() const noexcept = 0;
  // Ready when the bytes were sent or copied, so that the chunk may be reused.
  virtual Eventual<Result<Unit>> body(const Chunk& chunk) = 0;
  // The answer cannot be finished: no last chunk and a closed connection, or RST_STREAM. Never a second
  // answer.
  virtual void abort(const Error& error) noexcept = 0;
};

class Handler {
 public:
  virtual ~Handler() = default;

  // Answers the request and ends the exchange; never throws.
  virtual Task<Unit> serve(Exchange&, ResponseSink&) const = 0;
  // Answers what never became a request (400, 408, 414, 431, 505): no route, no chain, but an access record.
  virtual Task<Unit> refuse(Exchange&, ResponseSink&, std::uint16_t status, const char* reason) const = 0;
  // The client left, or the gateway stops, while serve() was waiting: its task is gone, the exchange ends.
  virtual void abandon(Exchange&, const Error& why) const noexcept = 0;
};

}  // namespace sluice
