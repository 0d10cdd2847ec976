#include "server/control.hpp"

#include <boost/asio/post.hpp>
#include <csignal>

#include "server/endpoint_files.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

constexpr std::chrono::milliseconds watch_settles{200};

}  // namespace

Control::Control(Process& process, const RunOptions& options, const Listening* admin)
    : process_(process),
      options_(options),
      signals_(context_, SIGHUP, SIGUSR1, SIGTERM),
      drain_(context_, process, [this] { context_.stop(); }),
      endpoint_watch_(context_, watch_settles, [this] { look_into_endpoints(); }) {
  signals_.add(SIGINT);
  auto published = process_.standing().published();
  endpoint_watch_.set(endpoint_files(*published->config));
  look_into_endpoints();  // they may have changed since the build read them
  if (options_.watch) {
    watch_.emplace(context_, watch_settles, [this] { reload(); });
    watch_->set(watched(published->config->files));
  }
  if (!admin) return;
  ProcessFacts facts{started_, process_.workers()};
  admin_handler_.emplace(*published->config->admin, process_.standing(), facts, admin_ports());
  admin_.emplace(*admin, *admin_handler_);
}

AdminPorts Control::admin_ports() {
  auto reload_soon = [this] {
    auto answer = std::make_shared<std::promise<ReloadReport>>();
    boost::asio::post(context_, [this, answer] { answer->set_value(reload()); });
    return answer->get_future();
  };
  auto drain_soon = [this] { boost::asio::post(context_, [this] { drain(); }); };
  auto on_worker = [this](std::function<void(Worker&)> f) { process_.on_worker(std::move(f)); };
  return {.metrics = [this] { return process_.metrics().text(); },
          .reload = reload_soon,
          .drain = drain_soon,
          .on_worker = on_worker};
}

void Control::run() {
  await_signal();
  notifier_.ready();
  context_.run();
}

void Control::await_signal() {
  signals_.async_wait([this](boost::system::error_code failed, int signal) {
    if (failed) return;
    on_signal(signal);
    await_signal();
  });
}

void Control::on_signal(int signal) {
  log::info("signal", {{"name", ::sigabbrev_np(signal)}});
  if (signal == SIGHUP)
    reload();
  else if (signal == SIGUSR1)
    process_.reopen_logs();
  else if (drain_.begun())
    drain_.end_at_once();
  else
    drain();
}

// Besides what a configuration is made of, what the filters in force have read.
std::vector<std::filesystem::path> Control::watched(std::vector<std::filesystem::path> files) const {
  auto& read = process_.standing().published()->built.files;
  files.insert(files.end(), read.begin(), read.end());
  return files;
}

ReloadReport Control::reload() {
  notifier_.reloading();
  if (watch_) watch_->look();
  endpoint_watch_.look();
  auto loaded = config::load(options_.file, filter_schemas());
  auto report = process_.reload(loaded);
  if (report.taken) configure_log(*loaded.config);
  // A file that was refused is watched too: its correction is what everybody waits for.
  if (watch_) watch_->set(watched(loaded.files));
  endpoint_watch_.set(endpoint_files(*process_.standing().published()->config));
  notifier_.ready();
  return report;
}

void Control::look_into_endpoints() {
  for (auto& file : endpoint_files(*process_.standing().published()->config)) process_.look_into(file);
}

void Control::drain() {
  if (drain_.begun()) return;
  notifier_.stopping();
  drain_.begin();
}

}  // namespace sluice::server
