#include "http/authority.hpp"

#include <algorithm>

#include "http/chars.hpp"
#include "sluice/ip.hpp"

namespace sluice::http {

namespace {

constexpr std::size_t max_name = 255;  // RFC 1035 §2.3.4

Error broken(const char* cause) {
  return {Error::Kind::malformed, Error::Side::downstream, cause};
}

struct Host {
  std::size_t size = 0;  // 0: neither a name nor an address
  bool capitals = false;
};

// Names without empty labels; one dot may end them. Block by block, all questions at once.
Host name_at(std::string_view text) noexcept {
  using namespace detail;
  Host host;
  unsigned after_dot = 1;  // also at the start: a name does not begin with a dot
  for (std::size_t taken = 16; taken == 16 && host.size < text.size(); host.size += taken) {
    auto n = std::min<std::size_t>(16, text.size() - host.size);
    auto x = n == 16 ? load(text.data() + host.size) : load_part(text.data() + host.size, n);
    auto good = letter(x) | digit(x) | equal(x, '-') | equal(x, '_') | equal(x, '.');
    taken = static_cast<std::size_t>(__builtin_ctz(bits(~good) | 1u << n));
    auto valid = (1u << taken) - 1;
    auto dots = bits(equal(x, '.')) & valid;
    if (dots & (dots << 1 | after_dot)) return {};
    after_dot = dots >> 15;
    host.capitals |= (bits(within(x, 'A', 'Z')) & valid) != 0;
  }
  return host.size <= max_name ? host : Host{};
}

Host address_at(std::string_view text) noexcept {
  auto end = text.find(']');
  if (end == std::string_view::npos) return {};
  auto address = text.substr(1, end - 1);
  bool v6 = address.find(':') != std::string_view::npos && IpAddress::parse(address).has_value();
  return {v6 ? end + 1 : 0, true};
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
  char* copy = arena.bytes(text.size());
  std::transform(text.begin(), text.end(), copy, lower);
  return {copy, text.size()};
}

}  // namespace

Result<Authority> parse_authority(std::string_view text, Arena& arena) {
  auto host = text.starts_with('[') ? address_at(text) : name_at(text);
  if (host.size == 0) return broken("host_malformed");
  Authority authority;
  if (host.size < text.size()) {
    if (text[host.size] != ':') return broken("host_malformed");
    authority.port = read_port(text.substr(host.size + 1));
    if (authority.port == 0) return broken("host_bad_port");
  }
  authority.text = host.capitals ? lowered(text, arena) : text;
  authority.host = authority.text.substr(0, host.size);
  if (authority.host.ends_with('.')) authority.host.remove_suffix(1);
  return authority;
}

}  // namespace sluice::http
