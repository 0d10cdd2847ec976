// Where HAProxy's log goes: a UDP port that counts datagrams, so that lost lines are seen.
//
//   bench_sink PORT      prints the count since the last print on every SIGUSR1, ends on SIGTERM
#include <sys/signalfd.h>

#include <csignal>
#include <initializer_list>

#include "socket.hpp"

namespace {

constexpr int batch = 256;
constexpr int line_size = 2048;
constexpr int receive_buffer = 64 << 20;  // lines wait here while the sink has no turn

int listening(const char* port) {
  const int fd = bench::must(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), "socket");
  bench::set(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  bench::set(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer);
  bench::bind_loopback(fd, port);
  return fd;
}

int signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return bench::must(signalfd(-1, &set, SFD_NONBLOCK), "signalfd");
}

// Lines that have come since the last call.
long drain(int fd) {
  static char lines[batch][line_size];
  static iovec vectors[batch];
  static mmsghdr messages[batch];
  for (int i = 0; i < batch; ++i) {
    vectors[i] = {lines[i], line_size};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  long count = 0;
  for (int got; (got = recvmmsg(fd, messages, batch, 0, nullptr)) > 0;) count += got;
  return count;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fputs("usage: bench_sink PORT\n", stderr), 2;
  const int signal = signals();
  const int log = listening(arguments[1]);
  const int epoll = bench::must(epoll_create1(0), "epoll_create1");
  for (const int fd : {signal, log}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    bench::must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  long lines = 0;
  for (epoll_event event;;) {
    if (epoll_wait(epoll, &event, 1, -1) < 1) continue;
    lines += drain(log);
    signalfd_siginfo info;
    if (read(signal, &info, sizeof info) != sizeof info) continue;
    if (info.ssi_signo == SIGTERM) return 0;
    std::printf("%ld\n", lines);
    std::fflush(stdout);
    lines = 0;
  }
}
