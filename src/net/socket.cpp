#include "net/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::net {
namespace {

ssize_t send_message(int fd, std::span<const iovec> parts) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

Socket& Socket::operator=(Socket&& o) noexcept {
  std::swap(fd_, o.fd_);
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

SocketAddress SocketAddress::ip(const IpAddress& address, std::uint16_t port) noexcept {
  SocketAddress a;
  if (address.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(a.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, address.bytes().data() + 12, 4);
    a.size = sizeof in;
  } else {
    auto& in = reinterpret_cast<sockaddr_in6&>(a.storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, address.bytes().data(), 16);
    a.size = sizeof in;
  }
  return a;
}

SocketAddress SocketAddress::unix_path(std::string_view path) noexcept {
  SocketAddress a;
  auto& un = reinterpret_cast<sockaddr_un&>(a.storage);
  if (path.size() >= sizeof un.sun_path) return a;
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.data(), path.size());
  a.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return a;
}

IpAddress SocketAddress::address() const noexcept {
  if (family() == AF_INET)
    return IpAddress::v4(ntohl(reinterpret_cast<const sockaddr_in&>(storage).sin_addr.s_addr));
  if (family() != AF_INET6) return {};
  auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
  return IpAddress::v6(std::span<const std::uint8_t, 16>(in.sin6_addr.s6_addr, 16));
}

std::uint16_t SocketAddress::port() const noexcept {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
  return 0;
}

void prepare_tcp(int fd) noexcept {
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

// A short read of a stream socket has emptied it: the next one would only say EAGAIN (epoll(7)).
Moved SocketTransport::receive(std::span<char> into) noexcept {
  ssize_t n;
  do n = ::recv(socket_.get(), into.data(), into.size(), 0);
  while (n < 0 && errno == EINTR);
  if (n > 0) return Moved::some(static_cast<std::size_t>(n), static_cast<std::size_t>(n) < into.size());
  if (n == 0) return Moved::end_of_stream();
  return errno == EAGAIN ? Moved::later() : Moved::fault();
}

Moved SocketTransport::send(std::span<const iovec> parts) noexcept {
  ssize_t n;
  do
    n = parts.size() == 1 ? ::send(socket_.get(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
                          : send_message(socket_.get(), parts);
  while (n < 0 && errno == EINTR);
  if (n >= 0) return Moved::some(static_cast<std::size_t>(n), false);
  return errno == EAGAIN ? Moved::later() : Moved::fault();
}

}  // namespace sluice::net
