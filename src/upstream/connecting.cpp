#include "upstream/connecting.hpp"

#include <cerrno>

namespace sluice::upstream {

net::Moved ConnectingTransport::handshake() noexcept {
  socklen_t size = sizeof fault_;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &fault_, &size) != 0) fault_ = errno;
  if (fault_ != 0) return net::Moved::fault();
  sockaddr_storage peer;
  size = sizeof peer;
  bool connected = ::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  return connected ? net::Moved::some(0, false) : net::Moved::later();
}

}  // namespace sluice::upstream
