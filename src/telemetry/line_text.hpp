// Text and numbers written to memory by hand: what the access log does for each request. Every function
// writes at `out`, gives the end, and may scribble up to `slack` bytes behind it.
#pragma once
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "sluice/clock.hpp"

namespace sluice::telemetry {

inline constexpr std::size_t escape_growth = 6;  // a byte becomes at most "\u001f"

// The text as the inside of a JSON string (RFC 8259 §7). Bytes that are not UTF-8 become U+FFFD; controls,
// DEL and C1 are written as \u00XX. `out` has escape_growth bytes for each of the text.
char* copy_escaped(std::string_view text, char* out) noexcept;

inline char* copy(std::string_view text, char* out) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

inline char* write_number(std::uint64_t n, char* out) noexcept {
  constexpr std::size_t longest = 20;
  return std::to_chars(out, out + longest, n).ptr;
}

// Six digits of a number below a million.
inline char* write_six(std::uint32_t n, char* out) noexcept {
  static constexpr auto pairs = [] {
    std::array<char, 200> table{};
    for (std::size_t i = 0; i < 100; ++i) {
      table[2 * i] = static_cast<char>('0' + i / 10);
      table[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return table;
  }();
  std::memcpy(out, &pairs[2 * (n / 10'000)], 2);
  std::memcpy(out + 2, &pairs[2 * (n / 100 % 100)], 2);
  std::memcpy(out + 4, &pairs[2 * (n % 100)], 2);
  return out + 6;
}

// Seconds to the microsecond: "0.001234". Negative ones are zero.
inline char* write_seconds(Duration duration, char* out) noexcept {
  auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
  auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)) / 1000;
  if (microseconds < 1'000'000) [[likely]]
    return write_six(static_cast<std::uint32_t>(microseconds), copy("0.", out));
  out = copy(".", write_number(microseconds / 1'000'000, out));
  return write_six(static_cast<std::uint32_t>(microseconds % 1'000'000), out);
}

}  // namespace sluice::telemetry
