#include "filters/validate/query.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::filters::validate {

std::optional<QueryPair> QueryPairs::next() {
  while (left_.starts_with('&')) left_.remove_prefix(1);
  if (left_.empty()) return std::nullopt;
  auto end = std::min(left_.find('&'), left_.size());
  auto pair = left_.substr(0, end);
  left_.remove_prefix(end);
  auto equals = std::min(pair.find('='), pair.size());
  auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
  return QueryPair{decode(pair.substr(0, equals)), decode(value)};
}

std::string_view QueryPairs::decode(std::string_view text) {
  if (text.find_first_of("%+") == text.npos) return text;
  char* out = arena_.bytes(text.size());
  char* to = out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool escape =
        text[i] == '%' && i + 2 < text.size() && http::is_hex(text[i + 1]) && http::is_hex(text[i + 2]);
    if (escape) {
      *to++ = static_cast<char>(http::hex_value(text[i + 1]) * 16 + http::hex_value(text[i + 2]));
      i += 2;
    } else {
      *to++ = text[i] == '+' ? ' ' : text[i];
    }
  }
  return {out, static_cast<std::size_t>(to - out)};
}

}  // namespace sluice::filters::validate
