// Quantities as a configuration writes them, each with its unit: sizes, rates, shares, limits that can be
// none. Durations are std::chrono's.
//
//   Size max_body = mebibytes(1);
//   OrOff<Duration> timeout = 5s;               // a limit that can be none
//   if (timeout) arm(now + *timeout);
#pragma once
#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sluice/clock.hpp"

namespace sluice {

// "8KiB", "10MB".
struct Size {
  std::uint64_t bytes = 0;
  auto operator<=>(const Size&) const = default;
};

constexpr Size kibibytes(std::uint64_t n) noexcept {
  return {n << 10};
}
constexpr Size mebibytes(std::uint64_t n) noexcept {
  return {n << 20};
}

// "100/s", "1000/h": how many in how long.
struct Rate {
  std::uint64_t count = 0;
  Duration per = std::chrono::seconds(1);
  bool operator==(const Rate&) const = default;
};

// "1KiB/s".
struct ByteRate {
  Size size;
  Duration per = std::chrono::seconds(1);
  bool operator==(const ByteRate&) const = default;
};

// "20%" is 0.2; may exceed 1 where that has a meaning.
struct Percent {
  double share = 0;
  auto operator<=>(const Percent&) const = default;
};

// A word of a configuration as a template argument.
template <std::size_t N>
struct Word {
  char text[N]{};
  constexpr Word(const char (&s)[N]) { std::copy_n(s, N, text); }
  constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

// A T, or one word in its place: `workers: auto`, `timeout: off`. Empty is the word.
template <Word word, class T>
class Or : public std::optional<T> {
 public:
  using std::optional<T>::optional;
  friend bool operator==(const Or& a, const Or& b) {
    return static_cast<const std::optional<T>&>(a) == static_cast<const std::optional<T>&>(b);
  }
};

template <class T>
using OrOff = Or<"off", T>;

// A list that may be written as its only element.
template <class T>
class OneOrMany : public std::vector<T> {
 public:
  using std::vector<T>::vector;
};

}  // namespace sluice
