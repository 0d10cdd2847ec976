// A service manager: the datagram socket that $NOTIFY_SOCKET names.
#pragma once
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstddef>
#include <string>

#include "server/system/descriptor.hpp"

namespace sluice::server::testing {

class Manager {
 public:
  // "@name" is an abstract one.
  explicit Manager(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    if (at.sun_path[0] == '@') at.sun_path[0] = '\0';
    auto size = offsetof(sockaddr_un, sun_path) + path.size();
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(size)), 0);
    timeval patience{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  // The next message; "nothing" when none comes within ten seconds.
  std::string hears() const {
    char text[256];
    auto n = ::recv(socket_.get(), text, sizeof text, 0);
    return n < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(n));
  }

 private:
  Descriptor socket_;
};

}  // namespace sluice::server::testing
