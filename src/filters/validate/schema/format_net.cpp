#include <algorithm>
#include <array>

#include "filters/validate/schema/format.hpp"
#include "json/utf8.hpp"

namespace sluice::filters::validate {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  auto letter = static_cast<char>(c | 0x20);
  return is_digit(c) || (letter >= 'a' && letter <= 'z');
}
bool is_hex(char c) {
  auto letter = static_cast<char>(c | 0x20);
  return is_digit(c) || (letter >= 'a' && letter <= 'f');
}
bool is_ascii(char c) {
  return static_cast<signed char>(c) >= 0;
}

// RFC 5322's atext.
constexpr auto atext = [] {
  std::array<bool, 128> table{};
  for (char c : std::string_view("!#$%&'*+-/=?^_`{|}~0123456789abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    table[static_cast<std::size_t>(c)] = true;
  return table;
}();

// What RFC 6531 adds is all that is not ASCII.
bool is_atext(char c, bool international) {
  return is_ascii(c) ? atext[static_cast<std::size_t>(c)] : international;
}

bool is_dot_atom(std::string_view s, bool international) {
  char before = '.';
  for (char c : s) {
    bool dot = c == '.';
    if (dot ? before == '.' : !is_atext(c, international)) return false;
    before = c;
  }
  return before != '.';
}

bool is_quoted(std::string_view s, bool international) {
  if (s.size() < 2 || s.front() != '"' || s.back() != '"') return false;
  s = s.substr(1, s.size() - 2);
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '\\' && ++i == s.size()) return false;
    if (s[i] == '"' && (i == 0 || s[i - 1] != '\\')) return false;
    if ((s[i] >= 0 && s[i] < ' ') || s[i] == 0x7f || (!international && !is_ascii(s[i]))) return false;
  }
  return true;
}

bool is_mail_domain(std::string_view domain, bool international) {
  if (domain.starts_with("[IPv6:") && domain.ends_with(']'))
    return is_ipv6(domain.substr(6, domain.size() - 7));
  if (domain.starts_with('[') && domain.ends_with(']')) return is_ipv4(domain.substr(1, domain.size() - 2));
  if (!international) return is_hostname(domain);
  return is_dot_atom(domain, true) && domain.find_first_of("!#$%&'*+/=?^`{|}~") == domain.npos;
}

bool is_mailbox(std::string_view s, bool international) {
  auto at = s.rfind('@');
  if (at == s.npos || at > 64) return false;
  auto local = s.substr(0, at);
  return (is_dot_atom(local, international) || is_quoted(local, international)) &&
         is_mail_domain(s.substr(at + 1), international);
}

}  // namespace

bool is_email(std::string_view s) {
  return is_mailbox(s, false);
}
bool is_idn_email(std::string_view s) {
  return is_mailbox(s, true);
}

// Labels of letters, digits and hyphens between dots; no hyphen at a label's ends.
bool is_hostname(std::string_view s) {
  if (s.empty() || s.size() > 253) return false;
  std::size_t label = 0;
  char before = '.';
  for (char c : s) {
    bool dot = c == '.', hyphen = c == '-';
    if (dot || hyphen ? before == '.' || (dot && before == '-') : !is_alnum(c)) return false;
    label = dot ? 0 : label + 1;
    if (label > 63) return false;
    before = c;
  }
  return before != '.' && before != '-';
}

bool is_ipv4(std::string_view s) {
  for (int i = 0; i < 4; ++i) {
    std::size_t n = 0;
    int value = 0;
    for (; n < s.size() && n < 4 && is_digit(s[n]); ++n) value = value * 10 + (s[n] - '0');
    if (n == 0 || n > 3 || value > 255 || (n > 1 && s[0] == '0')) return false;
    s.remove_prefix(n);
    if (i < 3 && !s.starts_with('.')) return false;
    if (i < 3) s.remove_prefix(1);
  }
  return s.empty();
}

bool is_ipv6(std::string_view s) {
  int groups = 0;
  bool shortened = false;
  if (s.starts_with("::")) {
    shortened = true;
    s.remove_prefix(2);
    if (s.empty()) return true;
  }
  for (;;) {
    if (s.find('.') != s.npos && s.find(':') == s.npos) {
      groups += 2;
      return is_ipv4(s) && (shortened ? groups < 8 : groups == 8);
    }
    std::size_t n = 0;
    while (n < s.size() && is_hex(s[n])) ++n;
    if (n == 0 || n > 4) return false;
    ++groups;
    s.remove_prefix(n);
    if (s.empty()) return shortened ? groups < 8 : groups == 8;
    if (s.starts_with("::")) {
      if (shortened) return false;
      shortened = true;
      s.remove_prefix(2);
      if (s.empty()) return groups < 8;
    } else if (s.starts_with(':')) {
      s.remove_prefix(1);
    } else {
      return false;
    }
  }
}

}  // namespace sluice::filters::validate
