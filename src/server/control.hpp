// The control thread: what happens to a process from outside, one thing after another.
//
//   Control control(process, options, drain_settings);
//   control.run();                                     // until drained
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <future>
#include <optional>

#include "server/admin/server.hpp"
#include "server/drain.hpp"
#include "server/process.hpp"
#include "server/run.hpp"
#include "server/system/file_watch.hpp"
#include "server/system/notify.hpp"

namespace sluice::server {

class Control {
 public:
  // `admin`: where its endpoint listens; null: it has none.
  Control(Process& process, const RunOptions& options, const Listening* admin);
  Control(const Control&) = delete;

  // Until the process has drained, or was told twice to end.
  void run();

 private:
  AdminPorts admin_ports();
  void await_signal();
  void on_signal(int signal);
  ReloadReport reload();
  std::vector<std::filesystem::path> watched(std::vector<std::filesystem::path> files) const;
  void look_into_endpoints();
  void drain();

  Process& process_;
  const RunOptions options_;
  const WallPoint started_ = wall_now();
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_;
  Notifier notifier_ = Notifier::of_environment();
  Drain drain_;
  std::optional<FileWatch> watch_;  // of the configuration, where that is wanted
  FileWatch endpoint_watch_;
  std::optional<AdminHandler> admin_handler_;
  std::optional<AdminServer> admin_;
};

}  // namespace sluice::server
