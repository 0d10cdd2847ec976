#include "http/authority.hpp"

#include <algorithm>
#include <cstring>

#include "http/chars.hpp"
#include "sluice/ip.hpp"

namespace sluice::http {

namespace {

constexpr std::size_t max_name = 255;  // RFC 1035 §2.3.4

Error broken(const char* cause) {
  return {Error::Kind::malformed, Error::Side::downstream, cause};
}

constexpr bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
}

// The length of the name or bracketed address at the start of `text`; 0: there is none.
std::size_t host_size(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == std::string_view::npos) return 0;
    auto address = text.substr(1, end - 1);
    bool v6 = address.find(':') != std::string_view::npos && IpAddress::parse(address).has_value();
    return v6 ? end + 1 : 0;
  }
  std::size_t at = 0;
  bool in_label = false;
  for (; at < text.size() && text[at] != ':'; ++at) {
    if (text[at] == '.' ? !in_label : !is_name_char(text[at])) return 0;
    in_label = text[at] != '.';
  }
  return at <= max_name ? at : 0;
}

// 0: not a port.
std::uint16_t read_port(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > 5) return 0;
  unsigned port = 0;
  for (char c : digits) {
    if (!is_digit(c)) return 0;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= 0xffff ? static_cast<std::uint16_t>(port) : 0;
}

std::string_view lowered(std::string_view text, Arena& arena) {
  if (std::none_of(text.begin(), text.end(), [](char c) { return lower(c) != c; })) return text;
  char* copy = arena.bytes(text.size());
  std::transform(text.begin(), text.end(), copy, lower);
  return {copy, text.size()};
}

}  // namespace

Result<Authority> parse_authority(std::string_view text, Arena& arena) {
  auto size = host_size(text);
  if (size == 0) return broken("host_malformed");
  Authority authority;
  if (size < text.size()) {
    if (text[size] != ':') return broken("host_malformed");
    authority.port = read_port(text.substr(size + 1));
    if (authority.port == 0) return broken("host_bad_port");
  }
  authority.text = lowered(text, arena);
  authority.host = authority.text.substr(0, size);
  if (authority.host.ends_with('.')) authority.host.remove_suffix(1);
  return authority;
}

}  // namespace sluice::http
