// Which bytes may stand where in HTTP (RFC 9110 §5.5, §5.6.2), and searches for the first one that may not.
//
//   const char* end = token_end(at, last);       // at a byte that is no tchar, or last
//   const char* stop = text_end(at, last);       // at a control character other than a tab, or last
//
// The searches go 16 bytes at a time where SSE2 is (every x86-64), and never read outside [at, last).
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::http {

namespace detail {

enum CharClass : std::uint8_t {
  tchar = 1,
  text = 2,  // of a field's value: visible ASCII, obs-text, space, tab
  hex = 4,
  unreserved = 8,  // RFC 3986 §2.3
  graphic = 16     // visible ASCII
};

consteval std::array<std::uint8_t, 256> classify() {
  std::array<std::uint8_t, 256> table{};
  auto mark = [&table](std::string_view chars, CharClass c) {
    for (unsigned char x : chars) table[x] |= c;
  };
  for (int c = 0x20; c < 0x100; ++c)
    if (c != 0x7f) table[c] |= text;
  for (int c = 0x21; c < 0x7f; ++c) table[c] |= graphic;
  mark("\t", text);
  mark("0123456789abcdefABCDEF", hex);
  constexpr std::string_view alnum = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  mark(alnum, tchar);
  mark("!#$%&'*+-.^_`|~", tchar);
  mark(alnum, unreserved);
  mark("-._~", unreserved);
  return table;
}

inline constexpr auto char_class = classify();

constexpr bool is(char c, CharClass k) noexcept {
  return char_class[static_cast<unsigned char>(c)] & k;
}

}  // namespace detail

constexpr bool is_tchar(char c) noexcept {
  return detail::is(c, detail::tchar);
}
constexpr bool is_text(char c) noexcept {
  return detail::is(c, detail::text);
}
constexpr bool is_hex(char c) noexcept {
  return detail::is(c, detail::hex);
}
constexpr bool is_unreserved(char c) noexcept {
  return detail::is(c, detail::unreserved);
}
constexpr bool is_graphic(char c) noexcept {
  return detail::is(c, detail::graphic);
}
constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
// Of a digit that is_hex().
constexpr unsigned hex_value(char c) noexcept {
  return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

// Equal but for the case of letters.
constexpr bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

constexpr std::string_view trim(std::string_view s) noexcept {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
  return s;
}

// Takes the first of comma-separated members off `list`, trimmed; empty members are given too.
constexpr std::string_view next_member(std::string_view& list) noexcept {
  auto comma = list.find(',');
  auto member = trim(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  return member;
}

namespace detail {

#if defined(__SSE2__)
inline __m128i load(const char* at) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline __m128i each(char c) noexcept {
  return _mm_set1_epi8(c);
}
// Unsigned: 0xff where low <= x <= low + span.
inline __m128i within(__m128i x, char low, char span) noexcept {
  auto from_low = _mm_sub_epi8(x, each(low));
  return _mm_cmpeq_epi8(_mm_min_epu8(from_low, each(span)), from_low);
}
inline unsigned bits(__m128i x) noexcept {
  return static_cast<unsigned>(_mm_movemask_epi8(x));
}
#endif

}  // namespace detail

inline const char* token_end(const char* at, const char* last) noexcept {
#if defined(__SSE2__)
  while (last - at >= 16) {
    using namespace detail;
    auto x = load(at);
    auto letters = within(_mm_or_si128(x, each(0x20)), 'a', 25);
    auto usual = _mm_or_si128(_mm_or_si128(letters, within(x, '0', 9)), _mm_cmpeq_epi8(x, each('-')));
    auto others = bits(usual) ^ 0xffff;
    if (!others) {
      at += 16;
      continue;
    }
    at += __builtin_ctz(others);
    if (!is_tchar(*at)) return at;
    ++at;
  }
#endif
  while (at != last && is_tchar(*at)) ++at;
  return at;
}

inline const char* text_end(const char* at, const char* last) noexcept {
#if defined(__SSE2__)
  for (; last - at >= 16; at += 16) {
    using namespace detail;
    auto x = load(at);
    auto control = _mm_andnot_si128(_mm_cmpeq_epi8(x, each('\t')), within(x, 0, 0x1f));
    if (auto found = bits(_mm_or_si128(control, _mm_cmpeq_epi8(x, each(0x7f)))))
      return at + __builtin_ctz(found);
  }
#endif
  while (at != last && is_text(*at)) ++at;
  return at;
}

// At a byte that is not visible ASCII, or last.
inline const char* graphic_end(const char* at, const char* last) noexcept {
#if defined(__SSE2__)
  for (; last - at >= 16; at += 16) {
    using namespace detail;
    if (auto found = bits(within(load(at), '!', '~' - '!')) ^ 0xffff) return at + __builtin_ctz(found);
  }
#endif
  while (at != last && is_graphic(*at)) ++at;
  return at;
}

inline bool is_token(std::string_view s) noexcept {
  return !s.empty() && token_end(s.data(), s.data() + s.size()) == s.data() + s.size();
}
inline bool is_field_value(std::string_view s) noexcept {
  return text_end(s.data(), s.data() + s.size()) == s.data() + s.size();
}
inline bool is_graphic(std::string_view s) noexcept {
  return graphic_end(s.data(), s.data() + s.size()) == s.data() + s.size();
}

}  // namespace sluice::http
