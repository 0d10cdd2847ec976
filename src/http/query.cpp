#include "http/query.hpp"

#include "http/chars.hpp"

namespace sluice::http {

std::string_view decode_query(std::string_view text, Arena& arena) {
  if (text.find_first_of("%+") == std::string_view::npos) return text;
  char* decoded = arena.bytes(text.size());
  char* to = decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      *to++ = ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      *to++ = static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      *to++ = text[i];
    }
  }
  return {decoded, static_cast<std::size_t>(to - decoded)};
}

std::optional<QueryParameter> QueryCursor::next() {
  while (!left_.empty()) {
    auto end = left_.find('&');
    auto pair = left_.substr(0, end);
    left_ = end == std::string_view::npos ? std::string_view() : left_.substr(end + 1);
    if (pair.empty()) continue;
    auto equals = pair.find('=');
    auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    return QueryParameter{decode_query(pair.substr(0, equals), arena_), decode_query(value, arena_)};
  }
  return std::nullopt;
}

}  // namespace sluice::http
