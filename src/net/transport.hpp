// Transport: moves bytes without ever waiting. A plain socket, TLS on a socket, or, in tests, memory. The
// stream above it does the waiting, the buffering and the batching.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>

#include "sluice/result.hpp"

namespace sluice::net {

// What one attempt to move bytes came to.
struct Moved {
  enum class How : unsigned char {
    bytes,        // some were moved
    end,          // received: the other side finished sending (half-close; it may still listen)
    would_block,  // nothing now; wait for an event
    broken        // reset, protocol fault, or closed under our hands
  };
  How how;
  std::size_t count = 0;
  bool drained = false;  // received: nothing more is there now, so the next receive may wait at once

  static Moved some(std::size_t n, bool drained_too) noexcept { return {How::bytes, n, drained_too}; }
  static Moved end_of_stream() noexcept { return {How::end, 0, false}; }
  static Moved later() noexcept { return {How::would_block, 0, true}; }
  static Moved fault() noexcept { return {How::broken, 0, false}; }
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual Moved receive(std::span<char> into) noexcept = 0;
  // As many bytes as go at once, from several places.
  virtual Moved send(std::span<const iovec> parts) noexcept = 0;
  // What has to be exchanged before the first byte (TLS). `bytes`: done. would_block: call again at an event.
  virtual Moved handshake() noexcept { return Moved::some(0, false); }
  // Finishes sending; the other direction stays open. TLS says close_notify first; false: that did not leave
  // yet, call again at an event.
  virtual bool finish() noexcept = 0;
  // The descriptor to watch; -1 for memory.
  virtual int descriptor() const noexcept = 0;
};

}  // namespace sluice::net
