#include "server/system/asio_acceptor.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace sluice::server {

std::vector<AsioAcceptor> acceptors_of(const Listening& listening, boost::asio::io_context& context) {
  std::vector<AsioAcceptor> all;
  int family = listening.address().is_unix() ? AF_UNIX : AF_UNSPEC;
  for (int socket : listening.of_worker(0)) {
    boost::asio::generic::stream_protocol protocol(family, 0);
    all.emplace_back(context, protocol, ::fcntl(socket, F_DUPFD_CLOEXEC, 0));
  }
  return all;
}

}  // namespace sluice::server
