// Plain sockets: the transport over one, and how they are made.
#pragma once
#include <sys/socket.h>

#include <string_view>

#include "net/transport.hpp"
#include "sluice/ip.hpp"

namespace sluice::net {

// Owns a descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(Socket&& o) noexcept : fd_(o.release()) {}
  Socket& operator=(Socket&& o) noexcept;
  ~Socket();

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// A socket address of any family, as the kernel wants it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  static SocketAddress ip(const IpAddress& address, std::uint16_t port) noexcept;
  // A path that is too long (over 107 bytes) gives size 0.
  static SocketAddress unix_path(std::string_view path) noexcept;
  int family() const noexcept { return storage.ss_family; }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  // Of AF_INET and AF_INET6.
  IpAddress address() const noexcept;
  std::uint16_t port() const noexcept;
};

// NODELAY and keep-alive; nothing to do for a unix socket.
void prepare_tcp(int fd) noexcept;

class SocketTransport final : public Transport {
 public:
  // A connected, non-blocking socket.
  explicit SocketTransport(Socket socket) noexcept : socket_(std::move(socket)) {}

  Moved receive(std::span<char> into) noexcept override;
  Moved send(std::span<const iovec> parts) noexcept override;
  bool finish() noexcept override {
    ::shutdown(socket_.get(), SHUT_WR);
    return true;
  }
  int descriptor() const noexcept override { return socket_.get(); }

  Socket& socket() noexcept { return socket_; }

 private:
  Socket socket_;
};

}  // namespace sluice::net
