// What the readers of HTTP/1 heads share: limits, faults, progress, and what a head says about the bytes
// after it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::http {

struct HeadLimits {
  std::size_t head = 32 * 1024;   // bytes, from the first one to the empty line's end
  std::size_t target = 8 * 1024;  // bytes of a request's target as received
  std::size_t fields = 100;       // lines, those that are consumed here included
  bool merge_slashes = true;      // how the target's path is normalised (http/target.hpp)
};

// Why a message is refused: the status to answer with and a literal for the access log. No cause: no fault.
struct Fault {
  std::uint16_t status = 0;
  const char* cause = nullptr;

  explicit operator bool() const noexcept { return cause != nullptr; }
};

struct Progress {
  enum class State : std::uint8_t { need_more, done, fault };

  State state = State::need_more;
  std::size_t head_size = 0;  // done: bytes up to and with the empty line; the body starts there
  Fault fault;                // the connection must close after the answer: what follows cannot be framed

  static Progress more() noexcept { return {}; }
  static Progress done(std::size_t size) noexcept { return {State::done, size, {}}; }
  static Progress refuse(Fault f) noexcept { return {State::fault, 0, f}; }
};

// RFC 9112 §6: what follows the head on the connection, and what becomes of the connection afterwards.
struct Framing {
  enum class Body : std::uint8_t { none, length, chunked, until_close };

  Body body = Body::none;
  std::uint8_t minor = 1;         // of the peer's version: HTTP/1.minor
  bool keep_alive = true;         // what the peer wants or can; false after until_close
  bool expects_continue = false;  // requests: nothing of the body comes before a 100, or so the client says
  std::uint64_t length = 0;       // Body::length: always more than zero
  std::string_view upgrade;       // requests: the protocol asked for; a 101: the protocol spoken from here on
};

}  // namespace sluice::http
