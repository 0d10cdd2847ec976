// Between the addresses of a configuration and the ones of the kernel.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <vector>

#include "server/outcome.hpp"
#include "sluice/ip.hpp"

namespace sluice::server {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  bool dual_stack = false;  // an IPv6 socket that takes IPv4 as well

  int family() const noexcept { return storage.ss_family; }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  void set_port(std::uint16_t port) noexcept;
  std::uint16_t port() const noexcept;
  // :: for a unix socket.
  IpAddress ip() const noexcept;
};

// Every address of this machine that a host stands for. An empty host is all of them: a dual-stack [::], or
// 0.0.0.0 where the kernel has no IPv6.
Outcome<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port);
Outcome<SocketAddress> unix_address(const std::string& path);
SocketAddress local_address(int socket) noexcept;

}  // namespace sluice::server
