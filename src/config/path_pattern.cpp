#include "config/path_pattern.hpp"

#include <algorithm>

namespace sluice::config {
namespace {

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}
int hex(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_capture_name(std::string_view name) noexcept {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

// What is wrong with a literal segment: it stands for itself in a path that was normalised, so what
// normalising would change can never match.
std::string literal_fault(std::string_view s) {
  if (s == "." || s == "..") return "a path has no '" + std::string(s) + "' segment once it is normalised";
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '%') {
      if (i + 2 >= s.size() || hex(s[i + 1]) < 0 || hex(s[i + 2]) < 0)
        return "'%' is followed by two upper-case hexadecimal digits";
      auto c = static_cast<char>(hex(s[i + 1]) * 16 + hex(s[i + 2]));
      if (is_unreserved(c))
        return "write '" + std::string(1, c) + "' for '" + std::string(s.substr(i, 3)) + '\'';
    } else if (s[i] <= ' ' || s[i] > '~') {
      return "a path has only visible ASCII; percent-encode the rest";
    } else if (!is_unreserved(s[i]) &&
               std::string_view("!$&'()+,;=:@").find(s[i]) == std::string_view::npos) {
      if (s[i] == '*') return "'**' stands alone and last";
      if (s[i] == '{' || s[i] == '}') return "'{name}' stands alone between slashes";
      return "a path has no '" + std::string(1, s[i]) + "'; percent-encode it";
    }
  }
  return {};
}

struct Parsing {
  PathPattern pattern;
  std::string fault;

  void segment(std::string_view s, bool last) {
    if (s == "**") return rest(last, "**", "");
    if (!s.starts_with('{') || !s.ends_with('}')) return literal(s, last);
    auto name = s.substr(1, s.size() - 2);
    bool is_rest = name.ends_with("...");
    if (is_rest) name.remove_suffix(3);
    if (!is_capture_name(name)) {
      fault = "a capture's name has letters, digits and '_', found '" + std::string(s) + '\'';
    } else if (std::ranges::count(pattern.captures(), name) > 0) {
      fault = "'{" + std::string(name) + "}' is there twice";
    } else if (is_rest) {
      rest(last, s, name);
    } else {
      pattern.segments.push_back({true, std::string(name)});
    }
  }
  void rest(bool last, std::string_view s, std::string_view name) {
    if (!last) fault = "'" + std::string(s) + "' stands last";
    pattern.rest = true;
    pattern.rest_name = std::string(name);
  }
  void literal(std::string_view s, bool last) {
    fault = s.empty() && !last ? "a path has no empty segment" : literal_fault(s);
    pattern.segments.push_back({false, std::string(s)});
  }
};

}  // namespace

std::variant<PathPattern, std::string> PathPattern::parse(std::string_view text) {
  if (!text.starts_with('/')) return "a path starts with '/', found '" + std::string(text) + '\'';
  Parsing parsing;
  parsing.pattern.text = std::string(text);
  auto left = text.substr(1);
  for (bool last = false; !last && parsing.fault.empty();) {
    auto slash = left.find('/');
    last = slash == left.npos;
    parsing.segment(left.substr(0, slash), last);
    if (!last) left.remove_prefix(slash + 1);
  }
  if (!parsing.fault.empty()) return std::move(parsing.fault);
  return std::move(parsing.pattern);
}

std::vector<std::string_view> PathPattern::captures() const {
  std::vector<std::string_view> names;
  for (auto& s : segments)
    if (s.capture) names.push_back(s.text);
  if (!rest_name.empty()) names.push_back(rest_name);
  return names;
}

std::variant<Template, std::string> Template::parse(std::string_view text) {
  Template t;
  t.text = std::string(text);
  while (!text.empty()) {
    auto brace = text.find_first_of("{}");
    if (brace > 0) t.parts.push_back({false, std::string(text.substr(0, brace))});
    if (brace == text.npos) break;
    auto end = text.find_first_of("{}", brace + 1);
    if (text[brace] == '}' || end == text.npos || text[end] == '{') return "'{' and '}' do not pair up";
    auto name = text.substr(brace + 1, end - brace - 1);
    if (!is_capture_name(name)) return "expected the name of a capture, found '{" + std::string(name) + "}'";
    t.parts.push_back({true, std::string(name)});
    text.remove_prefix(end + 1);
  }
  return t;
}

}  // namespace sluice::config

namespace sluice {

std::optional<config::Template> Scalar<config::Template>::parse(std::string_view text) {
  config::Template t;
  t.text = std::string(text);
  return t;
}

}  // namespace sluice
