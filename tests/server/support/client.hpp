// A client that waits: sends text, reads what comes until it has seen enough. No call lasts longer than ten
// seconds.
#pragma once
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "config/address.hpp"
#include "server/system/descriptor.hpp"
#include "server/system/socket_address.hpp"

namespace sluice::server::testing {

class Client {
 public:
  explicit Client(const config::Address& to) {
    auto at = to.is_unix() ? *unix_address(to.unix_path)
                           : resolve(to.host.empty() ? "127.0.0.1" : to.host, to.port)->front();
    socket_ = Descriptor(::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    timeval patience{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket_.get(), at.get(), at.size) != 0) throw std::runtime_error("connect: refused");
  }

  void send(std::string_view text) const {
    [[maybe_unused]] auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  // Until `last` was seen or the other side closed; then nothing more comes.
  std::string read_until(std::string_view last) {
    char buffer[4096];
    while (received_.find(last) == received_.npos) {
      auto n = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (n <= 0) break;
      received_.append(buffer, static_cast<std::size_t>(n));
    }
    return std::exchange(received_, {});
  }
  std::string read_all() { return read_until("\xff no text has this"); }
  // True where the server closes within ten seconds and says nothing before.
  bool is_closed() { return read_all().empty(); }

  // One request on this connection; the head of the answer and, where it is short, its body.
  std::string ask(std::string_view request, std::string_view last = "\r\n\r\n") {
    send(request);
    return read_until(last);
  }
  std::string get(std::string_view path, std::string_view host = "localhost", std::string_view more = "") {
    return ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
               std::string(more) + "\r\n");
  }

 private:
  Descriptor socket_;
  std::string received_;
};

// A request on a connection of its own: head and body.
inline std::string fetch(const config::Address& from, std::string_view method, std::string_view path,
                         std::string_view fields = "Host: localhost\r\n") {
  Client client(from);
  client.send(std::string(method) + ' ' + std::string(path) + " HTTP/1.1\r\n" + std::string(fields) +
              "Connection: close\r\n\r\n");
  return client.read_all();
}

}  // namespace sluice::server::testing
