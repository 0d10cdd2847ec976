// How a process ends without anybody noticing: red on /readyz while it still accepts, so that load balancers
// look elsewhere; then no new connections, idle ones closed, the others after their exchange; and when time
// is up the rest is cut. What outlives its client has a second more than the last of them.
//
//   Drain drain(context, process, [&] { context.stop(); });
//   drain.begin();          // a second call ends it at once
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "server/process.hpp"

namespace sluice::server {

class Drain {
 public:
  Drain(boost::asio::io_context& context, Process& process, std::function<void()> done);
  Drain(const Drain&) = delete;

  bool begun() const noexcept { return begun_; }
  void begin();
  void end_at_once();

 private:
  void stop_accepting();
  void await_last_connection();
  void cut();
  void finish_background();
  void await_background();
  template <class F>
  void after(Duration delay, F f);

  Process& process_;
  std::function<void()> done_;
  boost::asio::steady_timer timer_;
  config::Drain settings_;
  TimePoint until_;
  bool begun_ = false;
};

}  // namespace sluice::server
