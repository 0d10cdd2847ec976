// Loopback sockets for the benchmark's own programs. A failure ends the program: there is nothing to measure
// then.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace bench {

inline int must(int result, const char* what) {
  if (result >= 0) return result;
  std::perror(what);
  std::exit(1);
}

inline sockaddr_in loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  return address;
}

inline void set(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

inline void bind_loopback(int fd, const char* port) {
  const sockaddr_in address = loopback(port);
  must(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
}

// `flags` may be SOCK_NONBLOCK: then the connection may still be under way, and the first event says that it
// stands.
inline int connect_loopback(const char* port, int flags = 0) {
  const int fd = must(socket(AF_INET, SOCK_STREAM | flags, 0), "socket");
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  const sockaddr_in address = loopback(port);
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (result < 0 && errno != EINPROGRESS) must(result, "connect");
  return fd;
}

// Watches both directions, edge-triggered; `data` comes back with every event.
inline void watch(int epoll, int fd, void* data) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = data}};
  must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

}  // namespace bench
