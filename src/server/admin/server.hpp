// The admin endpoint's HTTP server, on a thread of its own, so that a scrape never stalls traffic.
//
//   AdminServer server(*listening, handler);      // answers from here on
//   // destroyed: connections are closed, the thread has ended
//
// A request is bounded in size and time, and so is the number of connections.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "server/admin/handler.hpp"
#include "server/system/asio_acceptor.hpp"

namespace sluice::server {

struct AdminLimits {
  std::uint32_t head = 16 * 1024;
  std::uint64_t body = 64 * 1024;
  std::chrono::milliseconds time{10'000};  // for a request and for its answer; also how long one may idle
  unsigned connections = 64;
};

class AdminServer {
 public:
  AdminServer(const Listening& listening, AdminHandler& handler, AdminLimits limits = {});
  AdminServer(const AdminServer&) = delete;
  ~AdminServer();

 private:
  boost::asio::awaitable<void> accept_all(AsioAcceptor acceptor);
  boost::asio::awaitable<void> talk(StreamSocket socket);

  AdminHandler& handler_;
  const AdminLimits limits_;
  unsigned connections_ = 0;
  boost::asio::io_context context_{1};
  std::thread thread_;
};

}  // namespace sluice::server
