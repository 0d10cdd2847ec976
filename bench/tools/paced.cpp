// GET at a fixed rate over plain connections. A request has its due time, whether or not a connection is free
// then, and its latency counts from there: a proxy that stalls is charged for the requests that had to wait.
//
//   bench_paced PORT PATH CONNECTIONS RATE SECONDS [EACH [SLICE]]
//
// Every EACHth request goes over a connection that was made for it; 0, or nothing: none does. Prints one JSON
// object: requests answered and failed, latencies in microseconds, and those of each SLICE seconds, where
// asked for, by the time at which a request was due. Never sleeps; give it a core.
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
  bool idle = false;
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

// What became of the requests of some time.
struct Outcomes {
  std::vector<double> latencies;  // of those that were answered, in microseconds
  long failed = 0;

  void add(const Outcomes& other) {
    latencies.insert(latencies.end(), other.latencies.begin(), other.latencies.end());
    failed += other.failed;
  }
  double at(double share) const {
    if (latencies.empty()) return 0;
    return latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))];
  }
  void print(const char* more) {
    std::sort(latencies.begin(), latencies.end());
    std::printf(
        "{\"answered\": %zu, \"failed\": %ld, \"p50\": %.1f, \"p99\": %.1f, \"p99.9\": %.1f, \"max\": %.1f%s",
        latencies.size(), failed, at(0.5), at(0.99), at(0.999), at(1), more);
  }
};

class Load {
 public:
  Load(const char* port, const char* path, std::size_t connections, long each, double slice)
      : port_(port),
        each_(each),
        slice_(slice),
        request_(std::string("GET ") + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n"),
        connections_(connections) {
    for (Connection& connection : connections_) open(connection);
  }

  void run(double rate, double seconds) {
    const auto start = start_ = Clock::now(), end = start + to_clock(seconds);
    auto next = start;
    for (long count = 0; Clock::now() < end + patience; receive()) {
      for (const auto now = Clock::now(); next <= now && next < end;) {
        due_.push_back(next);
        next = start + to_clock(static_cast<double>(++count) / rate);
      }
      send_due();
      if (next >= end && due_.empty() && idle_.size() == connections_.size()) return;
    }
    for (const auto due : due_) ++slice_of(due).failed;
    for (const Connection& connection : connections_)
      if (!connection.idle) ++slice_of(connection.due).failed;
  }

  void print() {
    Outcomes all;
    for (const Outcomes& slice : slices_) all.add(slice);
    if (slices_.size() < 2) return all.print("}\n");
    all.print(", \"slices\": [");
    for (Outcomes& slice : slices_) slice.print(&slice == &slices_.back() ? "}]}\n" : "},\n");
  }

 private:
  static Clock::duration to_clock(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(duration<double>(seconds));
  }

  Outcomes& slice_of(Clock::time_point due) {
    const auto at =
        static_cast<std::size_t>(slice_ > 0 ? duration<double>(due - start_).count() / slice_ : 0);
    if (at >= slices_.size()) slices_.resize(at + 1);
    return slices_[at];
  }

  void open(Connection& connection) {
    connection.fd = bench::connect_loopback(port_);
    bench::watch(epoll_, connection.fd, &connection);
    rest(connection);
  }

  void rest(Connection& connection) {
    connection.idle = true;
    idle_.push_back(&connection);
  }

  void send_due() {
    while (!due_.empty() && !idle_.empty()) {
      Connection& connection = *idle_.back();
      idle_.pop_back();
      connection.idle = false;
      if (each_ > 0 && ++sent_ % each_ == 0) renew(connection);
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
    Outcomes& slice = slice_of(connection.due);
    if (connection.head.compare(9, 3, "200") != 0) ++slice.failed;
    slice.latencies.push_back(duration<double, std::micro>(Clock::now() - connection.due).count());
    rest(connection);
  }

  void fail(Connection& connection) {
    if (connection.idle) {
      std::erase(idle_, &connection);
    } else {
      ++slice_of(connection.due).failed;
    }
    close(connection.fd);
    open(connection);
  }

  void renew(Connection& connection) {
    close(connection.fd);
    connection.fd = bench::connect_loopback(port_);
    bench::watch(epoll_, connection.fd, &connection);
  }

  const char* port_;
  const long each_;
  const double slice_;
  std::string request_;
  int epoll_ = bench::must(epoll_create1(0), "epoll_create1");
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  std::deque<Clock::time_point> due_;  // nobody is free for them yet
  Clock::time_point start_;
  std::vector<Outcomes> slices_;
  long sent_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 6 || count > 8)
    return std::fputs("usage: bench_paced PORT PATH CONNECTIONS RATE SECONDS [EACH [SLICE]]\n", stderr), 2;
  const auto number = [&](int at) { return at < count ? std::strtod(arguments[at], nullptr) : 0; };
  Load load(arguments[1], arguments[2], static_cast<std::size_t>(number(3)), static_cast<long>(number(6)),
            number(7));
  load.run(number(4), number(5));
  load.print();
}
