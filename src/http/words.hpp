// Comparing text with a name that is known when this is compiled, in any case of letters: a few words at once
// instead of byte by byte.
//
//   if (same<"keep-alive">(option)) ...
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace sluice::http {

// A name in lower case, as words that a compiler can compare at once.
template <std::size_t size>
struct Name {
  char text[size]{};
  consteval Name(const char (&s)[size + 1]) { std::copy_n(s, size, text); }
};
template <std::size_t n>
Name(const char (&)[n]) -> Name<n - 1>;

namespace detail {

template <class Word>
inline Word load_word(const char* at) noexcept {
  Word w;
  std::memcpy(&w, at, sizeof w);
  return w;
}

template <class Word>
constexpr Word word_of(const char* at) noexcept {
  std::array<char, sizeof(Word)> bytes{};
  std::copy_n(at, sizeof(Word), bytes.begin());
  return std::bit_cast<Word>(bytes);
}

// 0x20 where there is a letter: or-ing it lowers that letter and makes no other byte look like one.
template <class Word>
constexpr Word letters(const char* at) noexcept {
  std::array<char, sizeof(Word)> bytes{};
  for (std::size_t i = 0; i < sizeof(Word); ++i) bytes[i] = at[i] >= 'a' && at[i] <= 'z' ? 0x20 : 0;
  return std::bit_cast<Word>(bytes);
}

template <Name name, std::size_t at, class Word>
inline bool same_word(const char* p) noexcept {
  constexpr Word wanted = word_of<Word>(name.text + at);
  constexpr Word mask = letters<Word>(name.text + at);
  return static_cast<Word>(load_word<Word>(p + at) | mask) == wanted;
}

}  // namespace detail

// That the bytes at `p`, as many as `name` has, are that name in any case of letters.
// Words of eight, the last one overlapping; short names in words of four, two and one.
template <Name name, std::size_t at = 0>
inline bool is(const char* p) noexcept {
  constexpr std::size_t size = sizeof name.text;
  constexpr std::size_t left = size - at;
  using Word =
      std::conditional_t<(size >= 8), std::uint64_t,
                         std::conditional_t<(size >= 4), std::uint32_t,
                                            std::conditional_t<(size >= 2), std::uint16_t, std::uint8_t>>>;
  constexpr std::size_t here = left >= sizeof(Word) ? at : size - sizeof(Word);
  if (!detail::same_word<name, here, Word>(p)) return false;
  if constexpr (here + sizeof(Word) < size)
    return is<name, here + sizeof(Word)>(p);
  else
    return true;
}

template <Name name>
inline bool same(std::string_view s) noexcept {
  return s.size() == sizeof name.text && is<name>(s.data());
}

}  // namespace sluice::http
