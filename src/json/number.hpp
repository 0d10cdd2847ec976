// Numbers of JSON, exactly: compared, counted and divided as the decimal fractions that they are, of any
// length, in time that their text bounds and their exponent does not.
//
//   Node price = ...;                                // 19.99
//   compare(price, limit) < 0
//   is_multiple(price, cent)                         // cent is 0.01
#pragma once
#include <cstdint>
#include <string_view>

#include "json/node.hpp"

namespace sluice::json {

// Exponents beyond these are these.
inline constexpr std::int64_t largest_exponent = 1'000'000'000;

// digits × 10^exponent. The digits begin and end with no 0, so that equal numbers are equal member by member;
// zero has no digits. A point may stand among the digits of a long number, and counts for nothing.
struct Decimal {
  bool negative = false;
  std::string_view digits;
  std::int64_t exponent = 0;
  char room[20];  // of the digits of what is no long number

  explicit Decimal(const Node& number) noexcept;
  Decimal(const Decimal&) = delete;

  bool is_zero() const noexcept { return digits.empty(); }
  std::size_t count() const noexcept { return digits.size() - (digits.find('.') != digits.npos); }
};

// Makes a node of a number's text, which follows the grammar of RFC 8259 §6. The node of a long one looks at
// the text.
Node number_node(std::string_view text) noexcept;

// mantissa × 10^exponent, of at most 18 digits and an exponent from -18 to 0.
inline Node decimal_node(std::int64_t mantissa, std::int32_t exponent) noexcept {
  for (; exponent < 0 && mantissa % 10 == 0; ++exponent) mantissa /= 10;
  Node n{exponent < 0 ? Kind::decimal : Kind::integer,
         exponent == 0,
         0,
         static_cast<std::uint32_t>(exponent),
         {}};
  n.mantissa = mantissa;
  return n;
}

int compare_slowly(const Node& a, const Node& b) noexcept;
inline int compare(const Node& a, const Node& b) noexcept {
  if (a.is(Kind::integer) && b.is(Kind::integer))
    return (a.mantissa > b.mantissa) - (a.mantissa < b.mantissa);
  return compare_slowly(a, b);
}

// `divisor` is positive and no long number.
bool is_multiple(const Node& number, const Node& divisor) noexcept;

}  // namespace sluice::json
