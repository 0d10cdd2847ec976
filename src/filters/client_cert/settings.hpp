// What a file says of client certificates.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/config.hpp"

namespace sluice::filters::client_cert {

enum class Name : std::uint8_t { san_dns, san_uri, san_email, subject_cn, sha256 };
constexpr auto names_of(Name) {
  using namespace std::string_view_literals;
  return std::array{"san.dns"sv, "san.uri"sv, "san.email"sv, "subject.cn"sv, "sha256"sv};
}

enum class Forwarding : std::uint8_t { off, xfcc };
constexpr auto names_of(Forwarding) {
  using namespace std::string_view_literals;
  return std::array{"off"sv, "xfcc"sv};
}

struct Settings {
  Name principal = Name::san_dns;
  OneOrMany<std::string> allow;  // empty: everybody that the listener's client_ca vouches for
  std::vector<std::string> scopes, roles;
  Forwarding forward = Forwarding::off;
  static const Schema& schema();
};

}  // namespace sluice::filters::client_cert
