#include "telemetry/request_id.hpp"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <system_error>

#include "telemetry/hex.hpp"

namespace sluice::telemetry {
namespace {

std::array<std::uint64_t, 4> seed() {
  std::array<std::uint64_t, 4> words{};
  // Up to 256 bytes come whole or not at all.
  if (getrandom(words.data(), sizeof words, 0) != static_cast<ssize_t>(sizeof words))
    throw std::system_error(errno, std::generic_category(), "getrandom");
  return words;
}

// Milliseconds in the upper bits, 4096ths of one in the lower twelve.
std::uint64_t stamp(WallPoint now) noexcept {
  auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
  return (nanoseconds / 1'000'000 << 12) | ((nanoseconds % 1'000'000 << 12) / 1'000'000);
}

}  // namespace

RequestIds::RequestIds() : RequestIds(seed()) {}

// xoshiro256++ by Blackman and Vigna.
std::uint64_t RequestIds::random() noexcept {
  auto& s = state_;
  auto result = std::rotl(s[0] + s[3], 23) + s[0];
  auto t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

void RequestIds::write(WallPoint now, char* out) noexcept {
  last_ = std::max(stamp(now), last_ + 1);
  auto high = (last_ >> 12 << 16) | 0x7000 | (last_ & 0xFFF);
  auto low = (random() >> 2) | (std::uint64_t{2} << 62);
  std::array<char, 32> digits;
  write_hex(low, write_hex(high, digits.data()));
  std::memcpy(out, &digits[0], 8);
  std::memcpy(out + 9, &digits[8], 4);
  std::memcpy(out + 14, &digits[12], 4);
  std::memcpy(out + 19, &digits[16], 4);
  std::memcpy(out + 24, &digits[20], 12);
  out[8] = out[13] = out[18] = out[23] = '-';
}

bool acceptable_request_id(std::string_view id) noexcept {
  constexpr std::size_t longest = 128;
  return !id.empty() && id.size() <= longest && std::all_of(id.begin(), id.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\'' && c != '\\';
  });
}

}  // namespace sluice::telemetry
