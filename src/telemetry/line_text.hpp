// Text and numbers written to memory by hand: what the access log does for each request. Every function
// writes at `out`, gives the end, and may scribble up to `slack` bytes behind it.
#pragma once
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "sluice/clock.hpp"

namespace sluice::telemetry {

inline constexpr std::size_t slack = 8;
inline constexpr std::size_t escape_growth = 6;  // a byte becomes at most "\u001f"

// What copy_escaped leaves to it: quotes, controls, anything that is not ASCII.
char* escape_rest(std::string_view text, char* out) noexcept;

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

namespace detail {

inline constexpr std::uint64_t each = 0x0101010101010101;

// Whether one of eight bytes is a control character, a quote, a backslash, DEL or not ASCII.
inline bool needs_care(std::uint64_t x) noexcept {
  constexpr std::uint64_t high = each * 0x80;
  auto quote = x ^ each * '"';
  auto backslash = x ^ each * '\\';
  return ((x | (x - each * ' ') | (x + each) | (quote - each) | (backslash - each)) & high) != 0;
}

// One to seven bytes in a word, spaces behind them.
inline std::uint64_t load_short(const char* p, std::size_t size) noexcept {
  std::uint64_t x = 0;
  std::size_t at = 0;
  auto take = [&]<class T>(T part) {
    std::memcpy(&part, p + at, sizeof part);
    x |= std::uint64_t{part} << (8 * at);
    at += sizeof part;
  };
  if ((size & 4) != 0) take(std::uint32_t{});
  if ((size & 2) != 0) take(std::uint16_t{});
  if ((size & 1) != 0) take(std::uint8_t{});
  return x | (each * ' ' << (8 * size));
}

}  // namespace detail

// The text as the inside of a JSON string (RFC 8259 §7). Bytes that are not UTF-8 become U+FFFD; controls,
// DEL and C1 are written as \u00XX. `out` has escape_growth bytes for each of the text.
inline char* copy_escaped(std::string_view text, char* out) noexcept {
  while (text.size() >= 8) {
    std::uint64_t x;
    std::memcpy(&x, text.data(), 8);
    if (detail::needs_care(x)) [[unlikely]]
      return escape_rest(text, out);
    std::memcpy(out, &x, 8);
    out += 8;
    text.remove_prefix(8);
  }
  if (text.empty()) return out;
  auto x = detail::load_short(text.data(), text.size());
  if (detail::needs_care(x)) [[unlikely]]
    return escape_rest(text, out);
  std::memcpy(out, &x, 8);
  return out + text.size();
}

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
  auto count = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  auto microseconds = count < 0 ? 0 : static_cast<std::uint64_t>(count);
  if (microseconds < 1'000'000) [[likely]]
    *out++ = '0';
  else
    out = write_number(microseconds / 1'000'000, out);
  *out++ = '.';
  return write_six(static_cast<std::uint32_t>(microseconds % 1'000'000), out);
}

}  // namespace sluice::telemetry
