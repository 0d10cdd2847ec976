// A member of a list in which a client says how much it likes each (RFC 9110 §12.4.2): "gzip;q=0.8".
//
//   for (auto list = field.value; !list.empty();)
//     if (auto member = read_weighted(next_member(list))) like(member->value, member->weight);
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/chars.hpp"

namespace sluice::http {

struct Weighted {
  static constexpr std::uint16_t full = 1000;

  std::string_view value;       // a token, or "*"
  std::uint16_t weight = full;  // in thousandths; 0: not acceptable
};

// "0", "1", "0.5", "0.125", "1.000". Empty: no such number, or above one.
constexpr std::optional<std::uint16_t> read_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  unsigned weight = text[0] == '1' ? 1000 : 0;
  unsigned digit = 100;
  for (char c : text.substr(text.size() > 1 ? 2 : 1)) {
    if (!is_digit(c)) return std::nullopt;
    weight += static_cast<unsigned>(c - '0') * digit;
    digit /= 10;
  }
  if (weight > Weighted::full) return std::nullopt;
  return static_cast<std::uint16_t>(weight);
}

// Empty: an empty member, one with white space or an odd character in its value, a weight that is none, or
// another parameter than `q`.
constexpr std::optional<Weighted> read_weighted(std::string_view member) noexcept {
  auto semicolon = member.find(';');
  Weighted result{trim(member.substr(0, semicolon))};
  if (result.value.empty()) return std::nullopt;
  for (char c : result.value)
    if (!is_tchar(c)) return std::nullopt;
  if (semicolon == member.npos) return result;
  auto parameter = trim(member.substr(semicolon + 1));
  if (parameter.size() < 2 || lower(parameter[0]) != 'q' || parameter[1] != '=') return std::nullopt;
  auto weight = read_weight(parameter.substr(2));
  if (!weight) return std::nullopt;
  result.weight = *weight;
  return result;
}

}  // namespace sluice::http
