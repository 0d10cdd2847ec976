// Numbers as lower-case hexadecimal, eight digits at a time and without a table.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice::telemetry {

// Writes the eight digits of `n`; gives the end.
inline char* write_hex(std::uint32_t n, char* out) noexcept {
  std::uint64_t x = n;
  x = (x << 16 | x) & 0x0000FFFF0000FFFF;
  x = (x << 8 | x) & 0x00FF00FF00FF00FF;
  x = (x << 4 | x) & 0x0F0F0F0F0F0F0F0F;  // a digit in each byte, the highest in the highest
  std::uint64_t letters = ((x + 0x0606060606060606) >> 4) & 0x0101010101010101;
  x += 0x3030303030303030 + letters * ('a' - '0' - 10);
  if constexpr (std::endian::native == std::endian::little) x = __builtin_bswap64(x);
  std::memcpy(out, &x, sizeof x);
  return out + sizeof x;
}

inline char* write_hex(std::uint64_t n, char* out) noexcept {
  return write_hex(static_cast<std::uint32_t>(n), write_hex(static_cast<std::uint32_t>(n >> 32), out));
}

}  // namespace sluice::telemetry
