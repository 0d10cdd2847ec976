// Where a connection goes: an IP address and port, or a unix socket.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "sluice/ip.hpp"

namespace sluice::upstream {

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;
  std::string unix_path;  // not empty: a unix socket; then ip and port mean nothing

  SocketAddress() = default;
  SocketAddress(IpAddress a, std::uint16_t p) noexcept : ip(a), port(p) {}
  explicit SocketAddress(std::string path) noexcept : unix_path(std::move(path)) {}

  bool is_unix() const noexcept { return !unix_path.empty(); }
  // "10.0.0.11:8080", "[::1]:8080", "unix:/run/x.sock".
  std::string to_string() const;
  // For connect(): returns the length, or 0 where the path is longer than the system allows.
  socklen_t fill(sockaddr_storage& to) const noexcept;

  bool operator==(const SocketAddress&) const = default;
};

}  // namespace sluice::upstream
