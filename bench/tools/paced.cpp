// GET at a fixed rate over plain connections. A request has its due time, whether or not a connection is free
// then, and its latency counts from there: a proxy that stalls is charged for the requests that had to wait.
//
//   bench_paced PORT PATH CONNECTIONS RATE SECONDS
//
// Prints one JSON object: requests answered and failed, latencies in microseconds. Never sleeps; give it a
// core.
#include <strings.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "socket.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr auto patience = std::chrono::seconds(2);  // for what is still under way at the end

// One connection, one request at a time.
struct Connection {
  int fd = -1;
  Clock::time_point due;
  std::string head;  // grows until it ends; then `body_left` counts
  std::size_t body_left = 0;
  bool in_body = false;
};

std::size_t content_length(const std::string& head) {
  for (auto at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at + 2)) {
    const char* line = head.c_str() + at + 2;
    if (strncasecmp(line, "content-length:", 15) == 0) return std::strtoul(line + 15, nullptr, 10);
  }
  return 0;
}

// Takes bytes of an answer; true when it is complete.
bool take(Connection& connection, const char* bytes, std::size_t size) {
  if (!connection.in_body) {
    connection.head.append(bytes, size);
    const auto end = connection.head.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    connection.in_body = true;
    connection.body_left = content_length(connection.head);
    size = connection.head.size() - (end + 4);
  }
  connection.body_left -= std::min(size, connection.body_left);
  return connection.body_left == 0;
}

class Load {
 public:
  Load(const char* port, const char* path, std::size_t connections)
      : port_(port),
        request_(std::string("GET ") + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n"),
        connections_(connections) {
    for (Connection& connection : connections_) open(connection);
  }

  void run(double rate, double seconds) {
    const auto start = Clock::now(), end = start + to_clock(seconds);
    auto next = start;
    for (long count = 0; Clock::now() < end + patience; receive()) {
      for (const auto now = Clock::now(); next <= now && next < end;) {
        due_.push_back(next);
        next = start + to_clock(static_cast<double>(++count) / rate);
      }
      send_due();
      if (next >= end && due_.empty() && idle_.size() == connections_.size()) return;
    }
    failed_ += static_cast<long>(due_.size() + connections_.size() - idle_.size());
  }

  void print() {
    std::sort(latencies_.begin(), latencies_.end());
    std::printf(
        "{\"answered\": %zu, \"failed\": %ld, \"p50\": %.1f, \"p99\": %.1f, \"p99.9\": %.1f, \"max\": "
        "%.1f}\n",
        latencies_.size(), failed_, at(0.5), at(0.99), at(0.999), at(1));
  }

 private:
  static Clock::duration to_clock(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(duration<double>(seconds));
  }

  double at(double share) const {
    if (latencies_.empty()) return 0;
    return latencies_[static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1))];
  }

  void open(Connection& connection) {
    connection.fd = bench::connect_loopback(port_);
    bench::watch(epoll_, connection.fd, &connection);
    idle_.push_back(&connection);
  }

  void send_due() {
    while (!due_.empty() && !idle_.empty()) {
      Connection& connection = *idle_.back();
      idle_.pop_back();
      connection.due = due_.front();
      due_.pop_front();
      connection.head.clear();
      connection.in_body = false;
      if (send(connection.fd, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) fail(connection);
    }
  }

  void receive() {
    epoll_event events[64];
    const int ready = epoll_wait(epoll_, events, 64, 0);
    for (int i = 0; i < ready; ++i) receive(*static_cast<Connection*>(events[i].data.ptr));
  }

  void receive(Connection& connection) {
    char bytes[65536];
    for (;;) {
      const ssize_t got = recv(connection.fd, bytes, sizeof bytes, MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return fail(connection);
      if (take(connection, bytes, static_cast<std::size_t>(got))) return finish(connection);
    }
  }

  void finish(Connection& connection) {
    if (connection.head.compare(9, 3, "200") != 0) ++failed_;
    latencies_.push_back(duration<double, std::micro>(Clock::now() - connection.due).count());
    idle_.push_back(&connection);
  }

  void fail(Connection& connection) {
    const bool was_idle = std::erase(idle_, &connection) > 0;
    if (!was_idle) ++failed_;
    close(connection.fd);
    open(connection);
  }

  const char* port_;
  std::string request_;
  int epoll_ = bench::must(epoll_create1(0), "epoll_create1");
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  std::deque<Clock::time_point> due_;  // nobody is free for them yet
  std::vector<double> latencies_;
  long failed_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return std::fputs("usage: bench_paced PORT PATH CONNECTIONS RATE SECONDS\n", stderr), 2;
  Load load(arguments[1], arguments[2], std::strtoul(arguments[3], nullptr, 10));
  load.run(std::strtod(arguments[4], nullptr), std::strtod(arguments[5], nullptr));
  load.print();
}
