// Request ids: UUIDs of version 7 (RFC 9562 §5.7), in the order in which a worker made them.
//
//   RequestIds ids;                                // one for each worker
//   char* text = arena.bytes(RequestIds::size);
//   ids.write(wall, text);                         // "0191c2b4-7f3a-7c1e-9a4d-0f2b6c8d1e57"
//
// Unique, not secret: 62 bits come from a fast generator that was seeded by the kernel, so whoever sees many
// ids may foresee the next. Never a key, a nonce or a token.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "sluice/clock.hpp"

namespace sluice::telemetry {

class RequestIds {
 public:
  static constexpr std::size_t size = 36;

  RequestIds();  // seeded by getrandom(2)
  explicit RequestIds(const std::array<std::uint64_t, 4>& seed) noexcept : state_(seed) {}

  // Writes `size` characters, no terminator. Every id is greater than the one before, also when `now` stands
  // still or goes back: milliseconds and 12 bits of their fraction (RFC 9562 §6.2, method 3), or one more
  // than the last.
  void write(WallPoint now, char* out) noexcept;

 private:
  std::uint64_t random() noexcept;

  std::array<std::uint64_t, 4> state_;
  std::uint64_t last_ = 0;  // milliseconds << 12 | fraction
};

// Whether an id that a trusted proxy sent may be passed on, answered and logged: 1 to 128 characters of
// visible ASCII without quotes and backslashes.
bool acceptable_request_id(std::string_view id) noexcept;

}  // namespace sluice::telemetry
