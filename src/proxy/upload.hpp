// Upload: the request's body on its way to an upstream, through all attempts.
//
//   Upload upload(exchange);
//   if (auto begun = upload.look(); !begun) co_return begun.error();
//   framing = upload.framing(); ...                          // of the head
//   auto starting = upload.start(conversation);              // behind the head
//   if (failed && upload.repeat()) ...                       // the next attempt may send it all again
//
// A body that is here already, whole, goes with the head. Any other one is pumped by a child of the exchange,
// so that the answer may begin, and end, while it is still coming.
#pragma once
#include <optional>

#include "http/head.hpp"
#include "proxy/conversation.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

class Upload {
 public:
  explicit Upload(Exchange& x) noexcept : exchange_(x) {}
  Upload(const Upload&) = delete;

  // The body is held already, so it may go in one piece, and without a pump, however long it is.
  void hold() noexcept { first_piece_ = ~std::size_t{0}; }
  // Takes what is here of the body. An error is the client's.
  Result<Unit> look();
  http::Framing::Body framing() const noexcept;
  // Sends the body that goes with the head, or starts pumping.
  Eventual<Result<Unit>> start(const Conversation::Ref& conversation);
  // The body can be sent once more from its beginning, or nothing of it was taken.
  bool repeat(const Conversation::Ref& conversation);

 private:
  bool has_body() const noexcept { return exchange_.request.body && exchange_.request.upgrade.empty(); }

  Exchange& exchange_;
  std::size_t first_piece_ = 64 * 1024;
  std::optional<Chunk> first_;                      // valid until the next read
  std::optional<Eventual<Result<Chunk>>> pending_;  // the first read, if it has to wait
  bool started_ = false;                            // a pump has the body
};

// After a 101: what the client sends goes on as it comes, and its end too.
Task<Unit> pump_tunnel(Exchange& x, Conversation::Ref conversation);

}  // namespace sluice::proxy
