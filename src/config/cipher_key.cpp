#include "config/cipher_key.hpp"

#include <algorithm>

namespace sluice {
namespace {

using config::CipherKey;

constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<CipherKey> from_hex(std::string_view text) {
  CipherKey key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i) {
    auto* digits = text.data() + 2 * i;
    if (std::from_chars(digits, digits + 2, key.bytes[i], 16).ptr != digits + 2) return std::nullopt;
  }
  return key;
}

// 43 digits of six bits, of which the last two mean nothing and are zero, and one "=".
std::optional<CipherKey> from_base64(std::string_view text) {
  if (text.back() != '=') return std::nullopt;
  CipherKey key;
  unsigned bits = 0, count = 0;
  auto out = key.bytes.begin();
  for (char c : text.substr(0, text.size() - 1)) {
    auto digit = base64.find(c);
    if (digit == base64.npos) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    *out++ = static_cast<unsigned char>(bits >> count);
    bits &= (1u << count) - 1;
  }
  return bits == 0 ? std::optional(key) : std::nullopt;
}

}  // namespace

std::optional<CipherKey> Scalar<CipherKey>::parse(std::string_view text) {
  if (text.size() == 64) return from_hex(text);
  if (text.size() == 44) return from_base64(text);
  return std::nullopt;
}

}  // namespace sluice
