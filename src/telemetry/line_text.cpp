#include "telemetry/line_text.hpp"

namespace sluice::telemetry {
namespace {

using Byte = unsigned char;

bool follows(std::string_view text, std::size_t i, Byte low = 0x80, Byte high = 0xBF) noexcept {
  return i < text.size() && static_cast<Byte>(text[i]) >= low && static_cast<Byte>(text[i]) <= high;
}

// Bytes of the well-formed UTF-8 sequence that the text begins with (Unicode table 3-7), or 0.
std::size_t sequence(std::string_view text) noexcept {
  auto lead = static_cast<Byte>(text[0]);
  if (lead >= 0xC2 && lead <= 0xDF) return follows(text, 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    Byte low = lead == 0xE0 ? 0xA0 : 0x80;   // no overlong forms
    Byte high = lead == 0xED ? 0x9F : 0xBF;  // no surrogates
    return follows(text, 1, low, high) && follows(text, 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    Byte low = lead == 0xF0 ? 0x90 : 0x80;
    Byte high = lead == 0xF4 ? 0x8F : 0xBF;  // up to U+10FFFF
    return follows(text, 1, low, high) && follows(text, 2) && follows(text, 3) ? 4 : 0;
  }
  return 0;
}

char* write_control(Byte c, char* out) noexcept {
  constexpr const char* digits = "0123456789abcdef";
  out = copy("\\u00", out);
  *out++ = digits[c >> 4];
  *out++ = digits[c & 15];
  return out;
}

char* write_ascii(char c, char* out) noexcept {
  auto byte = static_cast<Byte>(c);
  if (byte < ' ' || byte == 0x7F) return write_control(byte, out);
  if (c == '"' || c == '\\') *out++ = '\\';
  *out++ = c;
  return out;
}

}  // namespace

char* escape_rest(std::string_view text, char* out) noexcept {
  while (!text.empty()) {
    std::size_t size = 1;
    if (static_cast<Byte>(text[0]) < 0x80) {
      out = write_ascii(text[0], out);
    } else if (auto length = sequence(text); length == 0) {
      out = copy("\\ufffd", out);
    } else if (text[0] == '\xC2' && static_cast<Byte>(text[1]) < 0xA0) {
      out = write_control(static_cast<Byte>(text[1]), out);
      size = length;
    } else {
      out = copy(text.substr(0, length), out);
      size = length;
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace sluice::telemetry
