#include "filters/jwt/base64url.hpp"

#include <array>
#include <cstdint>

namespace sluice::filters::jwt {
namespace {

constexpr std::uint8_t none = 0xff;

using Values = std::array<std::uint8_t, 256>;

consteval Values values_of(std::string_view last_two) {
  Values values{};
  values.fill(none);
  std::uint8_t value = 0;
  for (char c = 'A'; c <= 'Z'; ++c) values[static_cast<unsigned char>(c)] = value++;
  for (char c = 'a'; c <= 'z'; ++c) values[static_cast<unsigned char>(c)] = value++;
  for (char c = '0'; c <= '9'; ++c) values[static_cast<unsigned char>(c)] = value++;
  for (char c : last_two) values[static_cast<unsigned char>(c)] = value++;
  return values;
}

constexpr Values of_url = values_of("-_");
constexpr Values of_mime = values_of("+/");

// Six bits a character; what is left over at the end has to be zero.
std::optional<std::string> decode(std::string_view text, const Values& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes(text.size() * 3 / 4, '\0');
  auto* to = bytes.data();
  std::uint32_t held = 0;
  unsigned bits = 0;
  std::uint8_t faults = 0;
  for (unsigned char c : text) {
    auto value = values[c];
    faults |= value;
    held = held << 6 | (value & 0x3f);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    *to++ = static_cast<char>(held >> bits);
    held &= (1u << bits) - 1;
  }
  if (faults > 0x3f || held != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  return decode(text, of_url);
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return decode(text, of_mime);
}

}  // namespace sluice::filters::jwt
