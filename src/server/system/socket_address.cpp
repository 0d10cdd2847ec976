#include "server/system/socket_address.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

#include "server/system/descriptor.hpp"

namespace sluice::server {
namespace {

bool has_ipv6() noexcept {
  return static_cast<bool>(Descriptor(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)));
}

SocketAddress any_address() noexcept {
  SocketAddress a;
  a.dual_stack = has_ipv6();
  a.storage.ss_family = a.dual_stack ? AF_INET6 : AF_INET;
  a.size = a.dual_stack ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return a;
}

SocketAddress copy_of(const addrinfo& info) noexcept {
  SocketAddress a;
  std::memcpy(&a.storage, info.ai_addr, info.ai_addrlen);
  a.size = info.ai_addrlen;
  return a;
}

// "localhost" may name an IPv6 address on a machine that has none.
bool is_elsewhere(const SocketAddress& a) noexcept {
  auto copy = a;
  copy.set_port(0);
  Descriptor s(::socket(a.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return !s || (::bind(s.get(), copy.get(), copy.size) != 0 && errno == EADDRNOTAVAIL);
}

Outcome<std::vector<SocketAddress>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (int fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); fault != 0)
    return Failure{"the name '" + host + "': " + ::gai_strerror(fault)};
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
  std::vector<SocketAddress> all;
  for (auto* i = list; i; i = i->ai_next) all.push_back(copy_of(*i));
  if (all.size() > 1 && !std::all_of(all.begin(), all.end(), is_elsewhere)) std::erase_if(all, is_elsewhere);
  return all;
}

}  // namespace

void SocketAddress::set_port(std::uint16_t port) noexcept {
  if (family() == AF_INET) reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
  if (family() == AF_INET6) reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port = htons(port);
}

std::uint16_t SocketAddress::port() const noexcept {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return 0;
}

IpAddress SocketAddress::ip() const noexcept {
  if (family() == AF_INET)
    return IpAddress::v4(ntohl(reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr.s_addr));
  if (family() != AF_INET6) return {};
  auto& bytes = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr.s6_addr;
  return IpAddress::v6(std::span<const std::uint8_t, 16>(bytes));
}

Outcome<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port) {
  auto all = host.empty() ? Outcome(std::vector{any_address()}) : look_up(host);
  if (all)
    for (auto& a : *all) a.set_port(port);
  return all;
}

Outcome<SocketAddress> unix_address(const std::string& path) {
  SocketAddress a;
  auto* to = reinterpret_cast<sockaddr_un*>(&a.storage);
  if (path.size() >= sizeof to->sun_path) return Failure{"the path of a unix socket has at most 107 bytes"};
  to->sun_family = AF_UNIX;
  std::memcpy(to->sun_path, path.c_str(), path.size() + 1);
  a.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return a;
}

SocketAddress local_address(int socket) noexcept {
  SocketAddress a;
  if (::getsockname(socket, a.get(), &a.size) != 0) a.storage.ss_family = AF_UNSPEC;
  return a;
}

}  // namespace sluice::server
