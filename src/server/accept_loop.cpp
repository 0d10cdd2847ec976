#include "server/accept_loop.hpp"

#include <sys/epoll.h>

#include <cerrno>

#include "server/listener.hpp"
#include "server/system/socket_address.hpp"

namespace sluice::server {
namespace {

net::Accepted describe(int descriptor, const SocketAddress& peer) noexcept {
  net::Accepted a;
  a.descriptor = descriptor;
  a.is_unix = peer.family() == AF_UNIX;
  if (a.is_unix) return a;
  auto local = local_address(descriptor);
  a.address = peer.ip();
  a.port = peer.port();
  a.local_address = local.ip();
  a.local_port = local.port();
  return a;
}

}  // namespace

AcceptLoop::AcceptLoop(net::Reactor& reactor, std::shared_ptr<Listening> listening, int socket)
    : reactor_(reactor), listening_(std::move(listening)), socket_(socket) {
  alarm_.loop = this;
}

AcceptLoop::~AcceptLoop() {
  if (watching_) reactor_.remove(socket_);
}

void AcceptLoop::begin() {
  watch();
}

// A unix socket is in the set of every worker: one of them is woken, not all.
void AcceptLoop::watch() {
  bool shared = listening_->address().is_unix();
  reactor_.add(socket_, *this, shared ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN);
  watching_ = true;
}

// What comes between the last accept and the end is refused by the kernel, not left hanging.
void AcceptLoop::finish() noexcept {
  for (auto taken = Taken::one; taken == Taken::one || taken == Taken::try_again;) taken = take_one();
  alarm_.disarm();
  if (std::exchange(watching_, false)) reactor_.remove(socket_);
  listening_->end(reactor_.worker().index);
}

void AcceptLoop::on_events(std::uint32_t) noexcept {
  for (int i = 0; i < batch; ++i) switch (take_one()) {
      case Taken::one:
      case Taken::try_again:
        break;
      case Taken::nothing_there:
        return;
      case Taken::out_of_descriptors:
        return rest();
    }
}

AcceptLoop::Taken AcceptLoop::take_one() noexcept {
  SocketAddress peer;
  int fd = ::accept4(socket_, peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    listener_->admit(describe(fd, peer));
    return Taken::one;
  }
  switch (errno) {
    case EAGAIN:
      return Taken::nothing_there;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      listener_->accept_failed(errno);
      return Taken::out_of_descriptors;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
      return Taken::nothing_there;
    default:  // what went wrong with that one connection before we took it
      return Taken::try_again;
  }
}

void AcceptLoop::rest() noexcept {
  reactor_.remove(socket_);
  watching_ = false;
  reactor_.timers().arm(alarm_, reactor_.now() + pause,
                        [](Timer& t) { static_cast<Alarm&>(t).loop->watch(); });
}

}  // namespace sluice::server
