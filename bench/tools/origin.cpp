// The upstream of the comparison. It answers from memory with as little work as possible, so that what is
// measured is the proxy in front of it.
//
//   bench_origin PORT
//
// SIGUSR1: from then on a coin decides whether a request is answered 500 instead; again: no longer.
//
// The last segment of the path is the size of the answer's body: /128, /any/where/1048576. A request's body
// is announced by Content-Length; it is swallowed, then answered. One thread, no logging, no limits: loopback
// only.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "socket.hpp"

namespace {

constexpr std::size_t largest_body = 64 << 20;

volatile std::sig_atomic_t failing = 0;

void turn(int) {
  failing = !failing;
}

constexpr std::string_view failure = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

bool fails() {
  static std::minstd_rand coin(1);
  return failing && coin() % 2 == 0;
}

std::string make_response(std::size_t size) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: max-age=600\r\nContent-Length: " +
         std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
}

// The whole answer for a body of this size; made once, then kept.
std::string_view response(std::size_t size) {
  static std::unordered_map<std::size_t, std::string> made;
  const auto found = made.find(size);
  return found != made.end() ? found->second : made.emplace(size, make_response(size)).first->second;
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::size_t wanted_size(std::string_view head) {
  const std::string_view target = head.substr(0, head.find(" HTTP/"));
  return std::min(number(target.substr(target.rfind('/') + 1)), largest_body);
}

std::size_t content_length(std::string_view head) {
  for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    const auto at = head.find(name);
    if (at != head.npos) return number(head.substr(at + name.size()));
  }
  return 0;
}

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  Connection(const Connection&) = delete;
  ~Connection() { close(fd_); }

  // Goes on until the socket would block; false when the peer has left.
  bool proceed() {
    while (flush()) {
      const ssize_t got = swallow_ > 0 ? discard() : receive();
      if (got <= 0) return got < 0 && errno == EAGAIN;
      if (swallow_ == 0) output_ = std::exchange(answer_, {});
    }
    return errno == EAGAIN;
  }

 private:
  bool flush() {
    while (!output_.empty()) {
      const ssize_t sent = send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      output_.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // MSG_TRUNC: TCP drops the bytes without copying them.
  ssize_t discard() {
    const ssize_t got = recv(fd_, nullptr, swallow_, MSG_TRUNC);
    if (got > 0) swallow_ -= static_cast<std::size_t>(got);
    return got;
  }

  ssize_t receive() {
    const ssize_t got = recv(fd_, input_ + used_, sizeof input_ - used_, 0);
    if (got <= 0) return got;
    used_ += static_cast<std::size_t>(got);
    const std::string_view input(input_, used_);
    const auto end = input.find("\r\n\r\n");
    if (end == input.npos) return got;
    const std::string_view head = input.substr(0, end + 2);
    const std::size_t body = content_length(head);
    const std::size_t here = std::min(body, used_ - (end + 4));
    answer_ = fails() ? failure : response(wanted_size(head));
    swallow_ = body - here;
    used_ = 0;  // nobody pipelines here
    return got;
  }

  int fd_;
  std::size_t used_ = 0, swallow_ = 0;
  std::string_view answer_, output_;
  char input_[16384];
};

int listening(const char* port) {
  const int fd = bench::must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
  bench::set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  bench::bind_loopback(fd, port);
  bench::must(listen(fd, 4096), "listen");
  return fd;
}

void accept_all(int listener, int epoll) {
  for (int fd; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
    bench::set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    bench::watch(epoll, fd, new Connection(fd));
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fputs("usage: bench_origin PORT\n", stderr), 2;
  std::signal(SIGUSR1, turn);
  const int listener = listening(arguments[1]);
  const int epoll = bench::must(epoll_create1(0), "epoll_create1");
  bench::watch(epoll, listener, nullptr);
  for (epoll_event events[256];;) {
    const int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[i].data.ptr);
      if (connection == nullptr) {
        accept_all(listener, epoll);
      } else if (!connection->proceed()) {
        delete connection;
      }
    }
  }
}
