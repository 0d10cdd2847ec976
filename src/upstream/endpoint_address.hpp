// Where the connections to an endpoint go: an IP address and port, or a unix socket.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include "sluice/ip.hpp"

namespace sluice::upstream {

struct EndpointAddress {
  IpAddress ip;
  std::uint16_t port = 0;
  std::string unix_path;  // not empty: a unix socket; then ip and port mean nothing

  EndpointAddress() = default;
  EndpointAddress(IpAddress a, std::uint16_t p) noexcept : ip(a), port(p) {}
  explicit EndpointAddress(std::string path) noexcept : unix_path(std::move(path)) {}

  bool is_unix() const noexcept { return !unix_path.empty(); }
  // "10.0.0.11:8080", "[::1]:8080", "unix:/run/x.sock".
  std::string to_string() const;

  bool operator==(const EndpointAddress&) const = default;
};

}  // namespace sluice::upstream
