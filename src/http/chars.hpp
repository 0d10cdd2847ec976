// Which bytes may stand where in HTTP (RFC 9110 §5.5, §5.6.2), and searches for the first one that may not.
//
//   const char* end = token_end(at, last);       // at a byte that is no tchar, or last
//   const char* stop = text_end(at, last);       // at a control character other than a tab, or last
//
// The searches go 16 bytes at a time and never read outside [at, last).
#pragma once
#include <array>
#include <bit>
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

// Sixteen bytes at once, in the compiler's own vectors. Questions are answered with 0xff where yes, 0 where
// no.
using Block [[gnu::vector_size(16)]] = unsigned char;
using SignedBlock [[gnu::vector_size(16)]] = signed char;

template <class Word>
inline Word load_as(const char* at) noexcept {
  Word w;
  std::memcpy(&w, at, sizeof w);
  return w;
}
inline Block load(const char* at) noexcept {
  return load_as<Block>(at);
}

static_assert(std::endian::native == std::endian::little);
// Fewer bytes than a block, 1 to 15 of them, and zeros: words that overlap.
inline Block load_part(const char* at, std::size_t n) noexcept {
  std::array<std::uint64_t, 2> words{};
  if (n > 8) {
    words = {load_as<std::uint64_t>(at), load_as<std::uint64_t>(at + n - 8) >> (128 - 8 * n)};
  } else if (n >= 4) {
    words[0] = load_as<std::uint32_t>(at) | std::uint64_t{load_as<std::uint32_t>(at + n - 4)} << (8 * n - 32);
  } else {
    for (std::size_t i = 0; i < n; ++i) words[0] |= std::uint64_t{load_as<std::uint8_t>(at + i)} << (8 * i);
  }
  return std::bit_cast<Block>(words);
}

inline Block equal(Block x, char c) noexcept {
  return Block(x == static_cast<unsigned char>(c));
}
inline Block within(Block x, char first, char last) noexcept {
  return Block(x - static_cast<unsigned char>(first) <= static_cast<unsigned char>(last - first));
}
inline Block letter(Block x) noexcept {
  return within(x | 0x20, 'a', 'z');
}
inline Block digit(Block x) noexcept {
  return within(x, '0', '9');
}
// Where x < first, or DEL, or not ASCII: one more than that is at most `first` as a signed byte.
inline Block outside(Block x, char first) noexcept {
  return Block(SignedBlock(x + 1) <= static_cast<signed char>(first));
}

inline unsigned bits(Block x) noexcept {
#if defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_epi8(std::bit_cast<__m128i>(x)));
#else
  unsigned found = 0;
  for (unsigned i = 0; i < 16; ++i) found |= (x[i] >> 7) << i;
  return found;
#endif
}

// The first byte that is not good, or last. `suspect` says of a block which of its bytes may not be.
template <class Suspect, class Good>
[[gnu::always_inline]] inline const char* scan(const char* at, const char* last, Suspect suspect,
                                               Good good) noexcept {
  for (; last - at >= 16; at += 16)
    for (auto found = bits(suspect(load(at))); found; found &= found - 1)
      if (const char* c = at + __builtin_ctz(found); !good(*c)) return c;
  if (at == last) return last;
  auto n = static_cast<std::size_t>(last - at);
  for (auto found = bits(suspect(load_part(at, n))) & ((1u << n) - 1); found; found &= found - 1)
    if (const char* c = at + __builtin_ctz(found); !good(*c)) return c;
  return last;
}

}  // namespace detail

inline const char* token_end(const char* at, const char* last) noexcept {
  auto unusual = [](detail::Block x) {
    return ~(detail::letter(x) | detail::digit(x) | detail::equal(x, '-'));
  };
  return detail::scan(at, last, unusual, [](char c) { return is_tchar(c); });
}

inline const char* text_end(const char* at, const char* last) noexcept {
  auto odd = [](detail::Block x) { return detail::outside(x, ' '); };
  return detail::scan(at, last, odd, [](char c) { return is_text(c); });
}

// At a byte that is not visible ASCII, or last.
inline const char* graphic_end(const char* at, const char* last) noexcept {
  auto odd = [](detail::Block x) { return detail::outside(x, '!'); };
  return detail::scan(at, last, odd, [](char) { return false; });
}

// At the first `wanted`, or last.
template <char wanted>
inline const char* find_or_end(const char* at, const char* last) noexcept {
  auto hit = [](detail::Block x) { return detail::equal(x, wanted); };
  return detail::scan(at, last, hit, [](char) { return false; });
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
