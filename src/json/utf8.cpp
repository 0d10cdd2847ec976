#include "json/utf8.hpp"

namespace sluice::json {

std::size_t utf8_size(std::string_view s) noexcept {
  auto byte = [s](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  auto first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  bool overlong = first < 0xc2 || (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  bool beyond = first > 0xf4 || (first == 0xf4 && second > 0x8f) || (first == 0xed && second > 0x9f);
  return overlong || beyond ? 0 : size;
}

bool is_utf8(std::string_view s) noexcept {
  while (!s.empty()) {
    auto size = utf8_size(s);
    if (size == 0) return false;
    s.remove_prefix(size);
  }
  return true;
}

std::size_t code_points(std::string_view s) noexcept {
  std::size_t n = 0;
  for (char c : s) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return n;
}

char* put_utf8(char* to, std::uint32_t c) noexcept {
  auto tail = [c](unsigned shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) {
    *to++ = static_cast<char>(c);
  } else if (c < 0x800) {
    *to++ = static_cast<char>(0xc0 | (c >> 6));
    *to++ = tail(0);
  } else if (c < 0x10000) {
    *to++ = static_cast<char>(0xe0 | (c >> 12));
    *to++ = tail(6);
    *to++ = tail(0);
  } else {
    *to++ = static_cast<char>(0xf0 | (c >> 18));
    *to++ = tail(12);
    *to++ = tail(6);
    *to++ = tail(0);
  }
  return to;
}

}  // namespace sluice::json
