// Searches in a text that ends in padding: they read up to `padding` bytes behind its end, which are NUL.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::json {

inline constexpr std::size_t padding = 32;

namespace detail {

#if defined(__SSE2__)
// A bit for each of 16 bytes: quotes, backslashes, controls, and what is not ASCII.
inline unsigned special_in_string(const char* at) noexcept {
  auto x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  auto marks = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
  // As a signed byte, whatever is not ASCII is less than a space too.
  auto plain = _mm_andnot_si128(marks, _mm_cmpgt_epi8(x, _mm_set1_epi8(' ' - 1)));
  return static_cast<unsigned>(_mm_movemask_epi8(plain)) ^ 0xffffu;
}
inline unsigned not_a_space(const char* at) noexcept {
  auto x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(' ')))) ^ 0xffffu;
}
inline unsigned differing(const char* a, const char* b) noexcept {
  auto x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
  auto y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, y))) ^ 0xffffu;
}
#else
template <class Predicate>
inline unsigned bits_where(const char* at, Predicate p) noexcept {
  unsigned found = 0;
  for (unsigned i = 0; i < 16; ++i) found |= unsigned{p(static_cast<unsigned char>(at[i]))} << i;
  return found;
}
inline unsigned special_in_string(const char* at) noexcept {
  return bits_where(at, [](unsigned char c) { return c == '"' || c == '\\' || c < ' ' || c >= 0x80; });
}
inline unsigned not_a_space(const char* at) noexcept {
  return bits_where(at, [](unsigned char c) { return c != ' '; });
}
inline unsigned differing(const char* a, const char* b) noexcept {
  unsigned found = 0;
  for (unsigned i = 0; i < 16; ++i) found |= unsigned{a[i] != b[i]} << i;
  return found;
}
#endif

}  // namespace detail

// The first byte that ends a run of plain ASCII in a string. The padding's NULs stop it.
inline const char* plain_end(const char* at) noexcept {
  for (;; at += 16)
    if (auto found = detail::special_in_string(at))
      return at + static_cast<unsigned>(std::countr_zero(found));
}

inline bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// The first byte that is no white space (RFC 8259 §2). Runs of spaces, as of indentation, go fast.
inline const char* space_end(const char* at) noexcept {
  while (is_space(*at)) {
    ++at;
    auto found = detail::not_a_space(at);
    at += found ? std::countr_zero(found) : 16;
  }
  return at;
}

inline const char* skip_space(const char* at) noexcept {
  return static_cast<unsigned char>(*at) <= ' ' ? space_end(at) : at;
}

// Behind a comma or a colon: mostly there is one space, or none.
inline const char* next_word(const char* at) noexcept {
  return skip_space(at + (*at == ' '));
}

// Behind a value: whether a comma and another one follow. If not, `at` is where the closing bracket has to
// be.
inline bool goes_on(const char*& at) noexcept {
  if (*at != ',') at = skip_space(at);
  if (*at != ',') return false;
  at = next_word(at + 1);
  return true;
}

// Over 9: no digit.
inline unsigned digit(char c) noexcept {
  return static_cast<unsigned char>(c) - unsigned{'0'};
}

// The end of an integer of up to 18 digits without a sign, which is what most numbers are, and its value.
// Null: it is something else, if only a 0.
inline const char* short_integer_end(const char* at, std::int64_t& value) noexcept {
  const char* begin = at;
  std::uint64_t v = digit(*at);
  if (v == 0 || v > 9) return nullptr;
  for (std::uint64_t d; (d = digit(*++at)) <= 9;) v = v * 10 + d;
  value = static_cast<std::int64_t>(v);
  return at - begin > 18 || *at == '.' || (*at | 0x20) == 'e' ? nullptr : at;
}

// Whether the first n bytes are equal; both texts have 16 bytes behind them that can be read.
inline bool equal_padded(const char* a, const char* b, std::size_t n) noexcept {
  if (n > 16) [[unlikely]]
    return std::memcmp(a, b, n) == 0;
  // What is left of the bits when those behind the nth are shifted out; in two steps, as one by 64 is none.
  return std::uint64_t{detail::differing(a, b)} << (48 - n) << 16 == 0;
}

// Sixteen bits from the length and the first and last eight bytes of a padded text: enough to tell the names
// of one object apart, nothing to rely on against somebody who chooses them.
inline std::uint16_t name_hash(const char* at, std::size_t n) noexcept {
  std::uint64_t first;
  std::memcpy(&first, at, 8);
  std::uint64_t last = 0;
  if (n > 8)
    std::memcpy(&last, at + n - 8, 8);
  else
    first = first << (32 - 4 * n) << (32 - 4 * n);  // in two steps, as one by 64 is none
  return static_cast<std::uint16_t>(((first ^ std::rotl(last, 29) ^ n) * 0x9e3779b97f4a7c15u) >> 48);
}

static_assert(std::endian::native == std::endian::little);

}  // namespace sluice::json
