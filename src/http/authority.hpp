// host[:port] (RFC 3986 §3.2), as Host and absolute-form targets have it.
//
//   auto a = parse_authority("API.Example.com.:8443", arena);
//   a->text == "api.example.com.:8443"; a->host == "api.example.com"; a->port == 8443;
#pragma once
#include <cstdint>
#include <string_view>

#include "sluice/arena.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

struct Authority {
  std::string_view text;   // in lower case, the port as written
  std::string_view host;   // without port and trailing dot; an IPv6 address keeps its brackets
  std::uint16_t port = 0;  // 0: none given
};

// Names of letters, digits, '-', '_' and dots without empty labels, IPv4 addresses, bracketed IPv6 addresses
// without zone. No user information, no percent-encoding; ports are 1 to 65535. Kind::malformed otherwise.
// The views are into `text`, or the arena where letters had to be lowered.
Result<Authority> parse_authority(std::string_view text, Arena& arena);

}  // namespace sluice::http
