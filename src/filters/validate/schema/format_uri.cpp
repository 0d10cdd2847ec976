#include <algorithm>

#include "filters/validate/schema/format.hpp"
#include "filters/validate/schema/pattern.hpp"
#include "json/utf8.hpp"

namespace sluice::filters::validate {
namespace {

constexpr std::string_view unreserved = "-._~";
constexpr std::string_view sub_delims = "!$&'()*+,;=";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
  auto letter = static_cast<char>(c | 0x20);
  return letter >= 'a' && letter <= 'z';
}
bool is_hex(char c) {
  auto letter = static_cast<char>(c | 0x20);
  return is_digit(c) || (letter >= 'a' && letter <= 'f');
}
bool contains(std::string_view set, char c) {
  return set.find(c) != set.npos;
}

// Letters, digits, escapes, `also`, and beyond ASCII where `international`.
bool is_made_of(std::string_view s, std::string_view also, bool international) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    char c = s[i];
    if (c == '%') {
      if (i + 2 >= s.size() || !is_hex(s[i + 1]) || !is_hex(s[i + 2])) return false;
      i += 2;
      continue;
    }
    bool beyond = static_cast<signed char>(c) < 0;
    bool good = beyond ? international
                       : is_alpha(c) || is_digit(c) || contains(unreserved, c) || contains(sub_delims, c) ||
                             contains(also, c);
    if (!good) return false;
  }
  return true;
}

bool is_authority(std::string_view s, bool international) {
  if (auto at = s.rfind('@'); at != s.npos) {
    if (!is_made_of(s.substr(0, at), ":", international)) return false;
    s.remove_prefix(at + 1);
  }
  std::string_view port;
  if (s.starts_with('[')) {
    auto close = s.find(']');
    if (close == s.npos) return false;
    auto literal = s.substr(1, close - 1);
    bool future = (literal.starts_with('v') || literal.starts_with('V')) &&
                  literal.find('.') != literal.npos && is_made_of(literal, ":", false);
    if (!future && !is_ipv6(literal)) return false;
    port = s.substr(close + 1);
    if (!port.empty() && port.front() != ':') return false;
  } else {
    auto colon = s.find(':');
    if (!is_made_of(s.substr(0, colon), "", international)) return false;
    port = colon == s.npos ? std::string_view() : s.substr(colon);
  }
  return std::ranges::all_of(port.substr(std::min<std::size_t>(port.size(), 1)), is_digit);
}

bool is_scheme(std::string_view s) {
  return !s.empty() && is_alpha(s.front()) &&
         std::ranges::all_of(s, [](char c) { return is_alpha(c) || is_digit(c) || contains("+-.", c); });
}

bool is_reference(std::string_view s, bool needs_scheme, bool international) {
  if (auto hash = s.find('#'); hash != s.npos) {
    if (!is_made_of(s.substr(hash + 1), ":@/?", international)) return false;
    s = s.substr(0, hash);
  }
  if (auto question = s.find('?'); question != s.npos) {
    if (!is_made_of(s.substr(question + 1), ":@/?", international)) return false;
    s = s.substr(0, question);
  }
  auto colon = s.substr(0, s.find('/')).find(':');
  if (needs_scheme && colon == s.npos) return false;
  if (colon != s.npos) {  // a relative path's first segment has no colon
    if (!is_scheme(s.substr(0, colon))) return false;
    s.remove_prefix(colon + 1);
  }
  if (s.starts_with("//")) {
    s.remove_prefix(2);
    auto slash = std::min(s.find('/'), s.size());
    if (!is_authority(s.substr(0, slash), international)) return false;
    s.remove_prefix(slash);
  }
  return is_made_of(s, ":@/", international);
}

// RFC 6570 §2.3, §2.4: names between commas, each with a count or '*' behind it.
bool is_expression(std::string_view s) {
  if (!s.empty() && contains("+#./;?&=,!@|", s.front())) s.remove_prefix(1);
  for (;;) {
    auto comma = s.find(',');
    auto name = s.substr(0, comma);
    if (name.ends_with('*')) {
      name.remove_suffix(1);
    } else if (auto colon = name.find(':'); colon != name.npos) {
      auto count = name.substr(colon + 1);
      if (count.empty() || count.size() > 4 || count[0] == '0' || !std::ranges::all_of(count, is_digit))
        return false;
      name = name.substr(0, colon);
    }
    bool sound = !name.empty() && name.front() != '.' && name.back() != '.' && name.find("..") == name.npos &&
                 is_made_of(name, "", false) && name.find_first_of("-~!$&'()*+,;=") == name.npos;
    if (!sound) return false;
    if (comma == s.npos) return true;
    s.remove_prefix(comma + 1);
  }
}

}  // namespace

bool is_uri(std::string_view s) {
  return is_reference(s, true, false);
}
bool is_uri_reference(std::string_view s) {
  return is_reference(s, false, false);
}
bool is_iri(std::string_view s) {
  return is_reference(s, true, true);
}
bool is_iri_reference(std::string_view s) {
  return is_reference(s, false, true);
}

bool is_uri_template(std::string_view s) {
  while (!s.empty()) {
    auto open = std::min(s.find_first_of("{}"), s.size());
    if (s.substr(0, open).find_first_of(" \"<>\\^`|\x7f") != s.npos) return false;
    s.remove_prefix(open);
    if (s.empty()) return true;
    auto close = s.find('}');
    if (s.front() == '}' || close == s.npos || !is_expression(s.substr(1, close - 1))) return false;
    s.remove_prefix(close + 1);
  }
  return true;
}

bool is_uuid(std::string_view s) {
  if (s.size() != 36) return false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? s[i] != '-' : !is_hex(s[i])) return false;
  }
  return true;
}

bool is_json_pointer(std::string_view s) {
  if (!s.empty() && s.front() != '/') return false;
  for (std::size_t i = 0; i < s.size(); ++i)
    if (s[i] == '~' && (i + 1 == s.size() || (s[i + 1] != '0' && s[i + 1] != '1'))) return false;
  return true;
}

bool is_relative_json_pointer(std::string_view s) {
  auto digits = std::min(s.find_first_not_of("0123456789"), s.size());
  if (digits == 0 || (digits > 1 && s[0] == '0')) return false;
  s.remove_prefix(digits);
  return s == "#" || is_json_pointer(s);
}

bool is_regex(std::string_view s) {
  std::string error;
  return Pattern::compile(s, error) != nullptr;
}

}  // namespace sluice::filters::validate
