// The PROXY protocol, versions 1 and 2: what a load balancer in front says of the client, before anything
// else.
//
//   auto header = parse_proxy_header(received, ProxyProtocol::any);
//   if (header.state == ProxyHeader::State::done) { drop header.size bytes; believe header.source; }
//
// Never guessed: where it is on, a connection without a sound header is refused, and so is one from a peer
// that is not trusted.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/ip.hpp"

namespace sluice::net {

enum class ProxyProtocol : std::uint8_t { off, v1, v2, any };

struct ProxyHeader {
  enum class State : std::uint8_t { need_more, done, malformed };
  State state = State::need_more;
  std::size_t size = 0;  // bytes to drop, when done
  struct Addresses {
    IpAddress source, destination;
    std::uint16_t source_port, destination_port;
  };
  // Absent for LOCAL, UNKNOWN and AF_UNIX: the connection's own addresses stand.
  std::optional<Addresses> addresses;
};

// `received`: all that came so far. At most max_proxy_header bytes are ever needed.
ProxyHeader parse_proxy_header(std::string_view received, ProxyProtocol accepted) noexcept;
inline constexpr std::size_t max_proxy_header = 16 + 4096;

}  // namespace sluice::net
