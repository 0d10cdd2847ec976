// The answers that the gateway gives by itself.
#pragma once
#include <string_view>

#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

// A body that somebody else keeps: text of the snapshot that the exchange has pinned.
class ViewBody final : public BodySource {
 public:
  explicit ViewBody(std::string_view text) noexcept : text_(text) {}
  Eventual<Result<Chunk>> read(std::size_t max) override;
  bool rewind() noexcept override;

 private:
  std::string_view text_;
  std::size_t read_ = 0;
};

// Gives a local reply of 400 or more that has no body its problem document (RFC 9457), with a sentence for
// people, and 503 a Retry-After.
void explain_refusal(Exchange& x);

// Makes response the answer to a fault that no filter decided.
void refuse_for(Exchange& x, const Error& error) noexcept;

void respond(Exchange& x, const Respond& what);
void redirect(Exchange& x, std::uint16_t status, std::string_view location);
// 308 to the same place over TLS; 400 where the request does not say what host it is for.
void redirect_to_https(Exchange& x, std::uint16_t port);

}  // namespace sluice::proxy
