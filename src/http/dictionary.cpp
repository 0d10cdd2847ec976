#include "http/dictionary.hpp"

#include "http/chars.hpp"

namespace sluice::http {
namespace {

constexpr bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_alpha(char c) noexcept {
  return is_lower(lower(c));
}
constexpr bool starts_key(char c) noexcept {
  return is_lower(c) || c == '*';
}
constexpr bool is_key(char c) noexcept {
  return starts_key(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
}
constexpr bool is_token_char(char c) noexcept {
  return is_tchar(c) || c == ':' || c == '/';
}
constexpr bool is_base64(char c) noexcept {
  return is_alpha(c) || is_digit(c) || c == '+' || c == '/' || c == '=';
}

// How many of the first bytes are of a kind.
template <class Kind>
constexpr std::size_t run_of(std::string_view text, Kind is_one) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is_one(text[n])) ++n;
  return n;
}

constexpr std::string_view cut(std::string_view& text, std::size_t size) noexcept {
  auto taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

}  // namespace

DictionaryReader::DictionaryReader(std::string_view text) noexcept : left_(trim(text)) {}

bool DictionaryReader::next(Member& member) noexcept {
  if (!good_ || left_.empty()) return false;
  good_ = (first_ || read_separator()) && read_member(member);
  first_ = false;
  return good_;
}

bool DictionaryReader::read_separator() noexcept {
  left_ = trim(left_);
  if (!take(',')) return false;
  left_ = trim(left_);
  return !left_.empty();
}

bool DictionaryReader::read_member(Member& member) noexcept {
  if (!read_key(member.key)) return false;
  if (take('=')) return read_item(member);
  member.type = Type::boolean;
  member.text = "?1";
  return read_parameters();
}

bool DictionaryReader::read_item(Member& member) noexcept {
  if (!take('(')) return read_bare_item(member) && read_parameters();
  member.type = Type::list;
  member.text = {};
  return read_inner_list() && read_parameters();
}

bool DictionaryReader::read_inner_list() noexcept {
  for (Member item;;) {
    skip_spaces();
    if (take(')')) return true;
    if (!read_bare_item(item) || !read_parameters()) return false;
    if (left_.empty() || (left_.front() != ' ' && left_.front() != ')')) return false;
  }
}

bool DictionaryReader::read_parameters() noexcept {
  std::string_view key;
  for (Member value; take(';');) {
    skip_spaces();
    if (!read_key(key)) return false;
    if (take('=') && !read_bare_item(value)) return false;
  }
  return true;
}

bool DictionaryReader::read_key(std::string_view& key) noexcept {
  if (left_.empty() || !starts_key(left_.front())) return false;
  key = cut(left_, run_of(left_, is_key));
  return true;
}

bool DictionaryReader::read_bare_item(Member& member) noexcept {
  if (left_.empty()) return false;
  char c = left_.front();
  if (is_digit(c) || c == '-') return read_number(member);
  if (c == '"') return read_string(member);
  if (c == '?') return read_boolean(member);
  if (c == ':') return read_bytes(member);
  return (is_alpha(c) || c == '*') && read_token(member);
}

// RFC 8941 §3.3.1, §3.3.2: at most 15 digits, or 12 and a fraction of three.
bool DictionaryReader::read_number(Member& member) noexcept {
  auto sign = left_.front() == '-' ? 1U : 0U;
  auto whole = run_of(left_.substr(sign), is_digit);
  auto rest = left_.substr(sign + whole);
  bool has_fraction = rest.starts_with('.');
  auto fraction = has_fraction ? run_of(rest.substr(1), is_digit) : 0;
  bool fits = has_fraction ? whole <= 12 && fraction >= 1 && fraction <= 3 : whole <= 15;
  if (whole == 0 || !fits) return false;
  member.type = has_fraction ? Type::decimal : Type::integer;
  member.text = cut(left_, sign + whole + (has_fraction ? fraction + 1 : 0));
  return true;
}

bool DictionaryReader::read_string(Member& member) noexcept {
  std::size_t i = 1;
  for (; i < left_.size() && left_[i] != '"'; ++i) {
    if (left_[i] == '\\' && ++i < left_.size() && left_[i] != '"' && left_[i] != '\\') return false;
    if (i < left_.size() && !is_graphic(left_[i]) && left_[i] != ' ') return false;
  }
  if (i >= left_.size()) return false;
  member.type = Type::string;
  member.text = cut(left_, i + 1).substr(1, i - 1);
  return true;
}

bool DictionaryReader::read_token(Member& member) noexcept {
  member.type = Type::token;
  member.text = cut(left_, run_of(left_, is_token_char));
  return true;
}

bool DictionaryReader::read_bytes(Member& member) noexcept {
  auto size = run_of(left_.substr(1), is_base64);
  if (size + 1 >= left_.size() || left_[size + 1] != ':') return false;
  member.type = Type::bytes;
  member.text = cut(left_, size + 2);
  return true;
}

bool DictionaryReader::read_boolean(Member& member) noexcept {
  if (left_.size() < 2 || (left_[1] != '0' && left_[1] != '1')) return false;
  member.type = Type::boolean;
  member.text = cut(left_, 2);
  return true;
}

bool DictionaryReader::take(char c) noexcept {
  if (!left_.starts_with(c)) return false;
  left_.remove_prefix(1);
  return true;
}

void DictionaryReader::skip_spaces() noexcept {
  left_.remove_prefix(run_of(left_, [](char c) { return c == ' '; }));
}

}  // namespace sluice::http
