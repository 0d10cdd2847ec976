#include "json/pointer.hpp"

#include <charconv>

namespace sluice::json {

void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (char c : token) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
}

std::string take_token(std::string_view& pointer) {
  pointer.remove_prefix(1);
  auto raw = pointer.substr(0, pointer.find('/'));
  pointer.remove_prefix(raw.size());
  std::string token;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    bool escaped = raw[i] == '~' && i + 1 < raw.size() && (raw[i + 1] == '0' || raw[i + 1] == '1');
    token += !escaped ? raw[i] : raw[++i] == '0' ? '~' : '/';
  }
  return token;
}

const Node* step(const Node& from, std::string_view token) noexcept {
  if (!from.is(Kind::array)) return from.find(token);
  std::size_t index = 0;
  auto [end, fault] = std::from_chars(token.data(), token.data() + token.size(), index);
  bool sound =
      fault == std::errc() && end == token.data() + token.size() && (token == "0" || token[0] != '0');
  return sound ? from.at(index) : nullptr;
}

const Node* find(const Node& root, std::string_view pointer) {
  const Node* at = &root;
  while (at && pointer.starts_with('/')) at = step(*at, take_token(pointer));
  return pointer.empty() ? at : nullptr;
}

}  // namespace sluice::json
