// TLS 1.3 handshakes, one connection after the other in each of several slots: connect, shake hands, one GET,
// close. `resumed` offers the session that the slot's last connection was given; a server that does not take
// it shows in the count.
//
//   bench_handshakes PORT SLOTS SECONDS full|resumed
//
// One thread and one epoll set; start several for more load. Prints one JSON object.
#include <openssl/ssl.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "socket.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view request = "GET /128 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
constexpr std::size_t body_size = 128;

struct Tally {
  long handshakes = 0, resumed = 0, failed = 0;
};

// A slot: its connection, and the session to offer with the next one.
class Slot {
 public:
  Slot(SSL_CTX* context, int epoll, const char* port, bool resume, Tally& tally)
      : context_(context), epoll_(epoll), port_(port), resume_(resume), tally_(tally) {
    open();
  }
  Slot(const Slot&) = delete;
  ~Slot() {
    shut();
    SSL_SESSION_free(session_);
  }

  static Slot& of(SSL* tls) { return *static_cast<Slot*>(SSL_get_app_data(tls)); }

  void keep(SSL_SESSION* session) {
    SSL_SESSION_free(session_);
    session_ = session;
  }

  void proceed() {
    if (!shaken_ && !shake()) return;
    char bytes[4096];
    int got;
    while ((got = SSL_read(tls_, bytes, sizeof bytes)) > 0)
      answer_.append(bytes, static_cast<std::size_t>(got));
    if (complete()) return finish();
    if (SSL_get_error(tls_, got) != SSL_ERROR_WANT_READ) fail();
  }

 private:
  void open() {
    fd_ = bench::connect_loopback(port_, SOCK_NONBLOCK);
    tls_ = SSL_new(context_);
    SSL_set_app_data(tls_, this);
    SSL_set_fd(tls_, fd_);
    if (resume_ && session_ != nullptr) SSL_set_session(tls_, session_);
    SSL_set_connect_state(tls_);
    shaken_ = false;
    answer_.clear();
    bench::watch(epoll_, fd_, this);
  }

  // Reset instead of FIN: no connection stays in TIME_WAIT, on either side.
  void shut() {
    SSL_set_quiet_shutdown(tls_, 1);  // or OpenSSL takes the session for broken
    SSL_shutdown(tls_);
    SSL_free(tls_);
    const linger reset{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd_);
  }

  bool shake() {
    const int result = SSL_do_handshake(tls_);
    if (result != 1) {
      const int error = SSL_get_error(tls_, result);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail();
      return false;
    }
    shaken_ = true;
    SSL_write(tls_, request.data(), static_cast<int>(request.size()));
    return true;
  }

  bool complete() const {
    const auto head = answer_.find("\r\n\r\n");
    return head != answer_.npos && answer_.size() >= head + 4 + body_size;
  }

  void finish() {
    ++tally_.handshakes;
    tally_.resumed += SSL_session_reused(tls_);
    shut();
    open();
  }

  void fail() {
    ++tally_.failed;
    shut();
    open();
  }

  SSL_CTX* context_;
  int epoll_;
  const char* port_;
  bool resume_;
  Tally& tally_;
  int fd_ = -1;
  SSL* tls_ = nullptr;
  SSL_SESSION* session_ = nullptr;
  bool shaken_ = false;
  std::string answer_;
};

int on_session(SSL* tls, SSL_SESSION* session) {
  Slot::of(tls).keep(session);
  return 1;
}

SSL_CTX* client_context() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_session);
  return context;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return std::fputs("usage: bench_handshakes PORT SLOTS SECONDS full|resumed\n", stderr), 2;
  const int epoll = bench::must(epoll_create1(0), "epoll_create1");
  const bool resume = std::strcmp(arguments[4], "resumed") == 0;
  SSL_CTX* context = client_context();
  Tally tally;
  std::vector<std::unique_ptr<Slot>> slots;
  for (int i = 0; i < std::atoi(arguments[2]); ++i) {
    slots.push_back(std::make_unique<Slot>(context, epoll, arguments[1], resume, tally));
  }
  const auto end =
      Clock::now() + std::chrono::milliseconds(static_cast<long>(std::strtod(arguments[3], nullptr) * 1000));
  for (epoll_event events[256]; Clock::now() < end;) {
    const int ready = epoll_wait(epoll, events, 256, 10);
    for (int i = 0; i < ready; ++i) static_cast<Slot*>(events[i].data.ptr)->proceed();
  }
  std::printf("{\"handshakes\": %ld, \"resumed\": %ld, \"failed\": %ld}\n", tally.handshakes, tally.resumed,
              tally.failed);
  slots.clear();
  SSL_CTX_free(context);
}
