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

char* escape(std::string_view text, char* out) noexcept {
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

// Sixteen bytes at once; g++ and clang make the machine's vector instructions of it.
using Block [[gnu::vector_size(16)]] = signed char;
using Bytes [[gnu::vector_size(16)]] = unsigned char;
using Halves [[gnu::vector_size(16)]] = std::uint64_t;

template <class T>
T load(const char* p) noexcept {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
template <class T>
void store(T value, char* p) noexcept {
  std::memcpy(p, &value, sizeof value);
}

// Marks controls, quotes, backslashes, DEL and what is not ASCII. One more than DEL is negative, and so is
// what is not ASCII but 0xFF, which becomes 0: one comparison finds them and the controls.
Block marks(Block b) noexcept {
  auto next = reinterpret_cast<Block>(reinterpret_cast<Bytes>(b) + 1);
  return (next < ' ' + 1) | (b == '"') | (b == '\\');
}

bool any(Block found) noexcept {
  auto halves = reinterpret_cast<Halves>(found);
  return (halves[0] | halves[1]) != 0;
}

// Copies at least sizeof(T) and at most twice as many bytes as two words that overlap; whether all are clean.
template <class T>
bool copy_two(const char* p, std::size_t size, char* out) noexcept {
  auto first = load<T>(p);
  auto last = load<T>(p + size - sizeof(T));
  store(first, out);
  store(last, out + size - sizeof(T));
  constexpr std::uint64_t filling = sizeof(T) == 8 ? 0 : 0x2020202020202020 << (8 * sizeof(T) % 64);
  return !any(marks(reinterpret_cast<Block>(Halves{first | filling, last | filling})));
}

bool copy_short(const char* p, std::size_t size, char* out) noexcept {
  if (size >= 8) return copy_two<std::uint64_t>(p, size, out);
  if (size >= 4) return copy_two<std::uint32_t>(p, size, out);
  if (size >= 2) return copy_two<std::uint16_t>(p, size, out);
  return size == 0 || copy_two<std::uint8_t>(p, size, out);
}

// Copies at least one block; the last one overlaps the one before.
bool copy_long(const char* p, std::size_t size, char* out) noexcept {
  auto last = size - sizeof(Block);
  auto block = load<Block>(p + last);
  auto found = marks(block);
  store(block, out + last);
  for (std::size_t at = 0; at < last; at += sizeof(Block)) {
    block = load<Block>(p + at);
    found |= marks(block);
    store(block, out + at);
  }
  return !any(found);
}

}  // namespace

// Copied as if it were clean, which nearly all text is, and once more with care where it is not.
char* copy_escaped(std::string_view text, char* out) noexcept {
  bool clean = text.size() < sizeof(Block) ? copy_short(text.data(), text.size(), out)
                                           : copy_long(text.data(), text.size(), out);
  if (!clean) [[unlikely]]
    return escape(text, out);
  return out + text.size();
}

}  // namespace sluice::telemetry
