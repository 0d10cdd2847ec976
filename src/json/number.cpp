#include "json/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::json {
namespace {

__extension__ typedef unsigned __int128 Wide;
__extension__ typedef __int128 SignedWide;
constexpr std::size_t most_digits = 18;

constexpr auto powers = [] {
  std::array<std::int64_t, most_digits + 1> p{1};
  for (std::size_t i = 1; i < p.size(); ++i) p[i] = p[i - 1] * 10;
  return p;
}();

// What the text says, before anything is cut off.
struct Parts {
  bool negative;
  std::string_view digits;    // with the point, if there is one
  std::int64_t exponent = 0;  // as written

  explicit Parts(std::string_view text) noexcept : negative(text.front() == '-') {
    text.remove_prefix(negative);
    auto e = text.find_first_of("eE");
    digits = text.substr(0, e);
    if (e != text.npos) exponent = number(text.substr(e + 1));
  }

  static std::int64_t number(std::string_view text) noexcept {
    bool minus = text.front() == '-';
    if (minus || text.front() == '+') text.remove_prefix(1);
    std::int64_t n = 0;
    for (char c : text) n = std::min(n * 10 + (c - '0'), largest_exponent);
    return minus ? -n : n;
  }
};

// The digits without zeros at either end, and what that does to the exponent.
void normalise(std::string_view& digits, std::int64_t& exponent) noexcept {
  auto first = digits.find_first_not_of("0.");
  if (first == digits.npos) {
    digits = {};
    exponent = 0;
    return;
  }
  auto last = digits.find_last_not_of("0.");
  auto point = std::min(digits.find('.'), digits.size());
  if (last < point)
    exponent += static_cast<std::int64_t>(point - last - 1);
  else
    exponent -= static_cast<std::int64_t>(last - point);
  digits = digits.substr(first, last - first + 1);
}

std::int64_t value_of(std::string_view digits) noexcept {
  std::int64_t v = 0;
  for (char c : digits)
    if (c != '.') v = v * 10 + (c - '0');
  return v;
}

std::int64_t clamp(std::int64_t exponent) noexcept {
  return std::clamp(exponent, -largest_exponent, largest_exponent);
}

std::uint64_t multiply(std::uint64_t a, std::uint64_t b, std::uint64_t modulus) noexcept {
  return static_cast<std::uint64_t>(Wide{a} * b % modulus);
}

std::uint64_t power_of_ten(std::int64_t exponent, std::uint64_t modulus) noexcept {
  std::uint64_t power = 1 % modulus, square = 10 % modulus;
  for (auto e = static_cast<std::uint64_t>(exponent); e; e >>= 1) {
    if (e & 1) power = multiply(power, square, modulus);
    square = multiply(square, square, modulus);
  }
  return power;
}

// Compares the digits as fractions 0.ddd; points do not count.
int compare_digits(std::string_view a, std::string_view b) noexcept {
  auto next = [](std::string_view s, std::size_t& i) {
    if (i < s.size() && s[i] == '.') ++i;
    return i < s.size() ? s[i++] : '0';
  };
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    int difference = next(a, i) - next(b, j);
    if (difference) return difference < 0 ? -1 : 1;
  }
  return 0;
}

int compare_magnitudes(const Decimal& a, const Decimal& b) noexcept {
  if (a.is_zero() || b.is_zero()) return static_cast<int>(b.is_zero()) - static_cast<int>(a.is_zero());
  auto size = [](const Decimal& d) { return d.exponent + static_cast<std::int64_t>(d.count()); };
  if (size(a) != size(b)) return size(a) < size(b) ? -1 : 1;
  return compare_digits(a.digits, b.digits);
}

// Where both are small enough: as integers, with as many zeros as the smaller exponent asks for.
bool compare_scaled(const Node& a, const Node& b, int& result) noexcept {
  auto exponent = [](const Node& n) { return n.is(Kind::decimal) ? n.exponent() : 0; };
  auto difference = exponent(a) - exponent(b);
  if (a.is(Kind::long_number) || b.is(Kind::long_number) || difference > 18 || difference < -18) return false;
  auto x = SignedWide{a.mantissa} * (difference > 0 ? powers[static_cast<std::size_t>(difference)] : 1);
  auto y = SignedWide{b.mantissa} * (difference < 0 ? powers[static_cast<std::size_t>(-difference)] : 1);
  result = (x > y) - (x < y);
  return true;
}

}  // namespace

Decimal::Decimal(const Node& n) noexcept {
  if (n.is(Kind::long_number)) {
    Parts parts(n.text());
    negative = parts.negative;
    digits = parts.digits;
    exponent = parts.exponent;
  } else {
    negative = n.mantissa < 0;
    auto end = std::to_chars(room, room + sizeof room, negative ? -n.mantissa : n.mantissa).ptr;
    digits = {room, static_cast<std::size_t>(end - room)};
    exponent = n.is(Kind::decimal) ? n.exponent() : 0;
  }
  normalise(digits, exponent);
  exponent = clamp(exponent);
}

Node number_node(std::string_view text) noexcept {
  Parts parts(text);
  normalise(parts.digits, parts.exponent);
  auto count = parts.digits.size() - (parts.digits.find('.') != parts.digits.npos);
  auto exponent = clamp(parts.exponent);
  Node n{};
  n.flag = exponent >= 0;
  if (count > most_digits) {
    n.kind = Kind::long_number;
    n.size = static_cast<std::uint32_t>(text.size());
    n.begin = text.data();
    return n;
  }
  n.mantissa = value_of(parts.digits);
  if (parts.negative) n.mantissa = -n.mantissa;
  bool whole = exponent >= 0 && count + static_cast<std::uint64_t>(exponent) <= most_digits;
  n.kind = whole ? Kind::integer : Kind::decimal;
  if (!whole) n.size = static_cast<std::uint32_t>(exponent);
  for (auto e = whole ? exponent : 0; e > 0; --e) n.mantissa *= 10;
  return n;
}

int compare_slowly(const Node& a, const Node& b) noexcept {
  int result;
  if (compare_scaled(a, b, result)) return result;
  Decimal x(a), y(b);
  bool x_below = x.negative && !x.is_zero(), y_below = y.negative && !y.is_zero();
  if (x_below != y_below) return x_below ? -1 : 1;
  return x_below ? compare_magnitudes(y, x) : compare_magnitudes(x, y);
}

// With both normalised, m × 10^e is a multiple of d × 10^f if e >= f and d divides m × 10^(e-f); where e < f,
// m would have to end in 0.
bool is_multiple(const Node& number, const Node& divisor) noexcept {
  if (number.is(Kind::integer) && divisor.is(Kind::integer)) return number.mantissa % divisor.mantissa == 0;
  Decimal n(number), d(divisor);
  if (n.is_zero()) return true;
  if (n.exponent < d.exponent) return false;
  auto modulus = static_cast<std::uint64_t>(value_of(d.digits));
  std::uint64_t rest = 0;
  for (char c : n.digits)
    if (c != '.')
      rest = static_cast<std::uint64_t>((Wide{rest} * 10 + static_cast<unsigned>(c - '0')) % modulus);
  return multiply(rest, power_of_ten(n.exponent - d.exponent, modulus), modulus) == 0;
}

}  // namespace sluice::json
