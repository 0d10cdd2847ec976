#include "filters/basic_auth/login.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "filters/basic_auth/password.hpp"
#include "http/chars.hpp"

namespace sluice::filters::basic_auth {
namespace {

constexpr std::size_t longest_name = 128;
constexpr std::size_t longest_token = (longest_name + 1 + longest_password + 2) / 3 * 4;
constexpr unsigned char none = 0xff;

consteval std::array<unsigned char, 256> make_sextets() {
  std::array<unsigned char, 256> table;
  table.fill(none);
  unsigned char value = 0;
  for (unsigned char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
    table[c] = value++;
  return table;
}
constexpr auto sextets = make_sextets();

// RFC 4648 §4 to the letter: padded, without white space, and the bits behind the last byte are zero, so that
// one login has one spelling.
std::optional<std::string_view> decode(std::string_view text, Arena& arena) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  auto padding = text.ends_with("==") ? 2u : text.ends_with('=') ? 1u : 0u;
  char* const decoded = arena.bytes(text.size() / 4 * 3);
  char* to = decoded;
  unsigned bits = 0, count = 0;
  for (char c : text.substr(0, text.size() - padding)) {
    auto sextet = sextets[static_cast<unsigned char>(c)];
    if (sextet == none) return std::nullopt;
    bits = bits << 6 | sextet;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    *to++ = static_cast<char>(bits >> count & 0xff);
  }
  if ((bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return std::string_view(decoded, static_cast<std::size_t>(to - decoded));
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

Login parse_login(std::string_view authorization, Arena& arena) {
  Login login;
  auto space = authorization.find(' ');
  if (!http::same_name(authorization.substr(0, space), "basic")) return login;
  login.how = Login::How::malformed;
  auto token = space == authorization.npos ? std::string_view() : http::trim(authorization.substr(space));
  if (token.size() > longest_token) return login;
  auto both = decode(token, arena);
  if (!both || std::ranges::any_of(*both, is_control)) return login;
  auto colon = both->find(':');
  if (colon == both->npos || colon > longest_name || both->size() - colon - 1 > longest_password)
    return login;
  return {Login::How::fine, *both, both->substr(0, colon), both->substr(colon + 1)};
}

}  // namespace sluice::filters::basic_auth
