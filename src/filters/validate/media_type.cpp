#include "filters/validate/media_type.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::filters::validate {
namespace {

bool is_token(std::string_view s) noexcept {
  return !s.empty() && std::ranges::all_of(s, http::is_tchar);
}

std::string_view without_quotes(std::string_view s) noexcept {
  if (s.size() >= 2 && s.front() == '"' && s.back() == '"') return s.substr(1, s.size() - 2);
  return s;
}

bool ends_with_json(std::string_view s) noexcept {
  constexpr std::string_view suffix = "+json";
  return s.size() > suffix.size() && http::same_name(s.substr(s.size() - suffix.size()), suffix);
}

}  // namespace

std::optional<MediaType> MediaType::parse(std::string_view text) noexcept {
  auto semicolon = std::min(text.find(';'), text.size());
  auto essence = http::trim(text.substr(0, semicolon));
  auto slash = essence.find('/');
  if (slash == essence.npos) return std::nullopt;
  MediaType t{essence.substr(0, slash), essence.substr(slash + 1), {}};
  if (!is_token(t.type) || !is_token(t.subtype)) return std::nullopt;
  for (text.remove_prefix(semicolon); !text.empty();) {
    text.remove_prefix(1);
    semicolon = std::min(text.find(';'), text.size());
    auto parameter = http::trim(text.substr(0, semicolon));
    auto equals = std::min(parameter.find('='), parameter.size());
    if (t.charset.empty() && http::same_name(parameter.substr(0, equals), "charset") &&
        equals < parameter.size())
      t.charset = without_quotes(parameter.substr(equals + 1));
    text.remove_prefix(semicolon);
  }
  return t;
}

bool MediaType::is_json() const noexcept {
  return (http::same_name(type, "application") && http::same_name(subtype, "json")) ||
         ends_with_json(subtype);
}

bool MediaType::is_in(std::string_view range) const noexcept {
  auto slash = range.find('/');
  auto wanted = range.substr(slash + 1);
  return http::same_name(type, range.substr(0, slash)) && (wanted == "*" || http::same_name(subtype, wanted));
}

bool is_media_range(std::string_view text) noexcept {
  auto t = MediaType::parse(text);
  return t && t->type.size() + 1 + t->subtype.size() == text.size() && t->type != "*";
}

}  // namespace sluice::filters::validate
