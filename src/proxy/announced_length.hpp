// A body that is longer or shorter than its head said would shift every message behind it on the connection.
// No peer can do that, the sessions count; a filter that replaces a body could.
//
//   if (!keeps_word(request.length, sent, chunk)) return length_error();
#pragma once
#include "sluice/body.hpp"

namespace sluice::proxy {

// Whether a chunk may follow `sent` bytes of a body of that length.
inline bool keeps_word(std::uint64_t length, std::uint64_t sent, const Chunk& chunk) noexcept {
  if (length == unknown_length) return true;
  auto total = sent + chunk.bytes.size();
  return chunk.end ? total == length : total <= length;
}

inline Error length_error() noexcept {
  return Error(Error::Kind::internal, Error::Side::internal, "body_length");
}

}  // namespace sluice::proxy
