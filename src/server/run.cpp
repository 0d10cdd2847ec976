#include "server/run.hpp"

#include <csignal>

#include "server/control.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

std::string in_lines(const std::vector<config::Problem>& problems) {
  std::string text;
  for (auto& p : problems) text += (text.empty() ? "" : "\n") + p.to_string();
  return text;
}

// Null where there is none.
Outcome<std::shared_ptr<Listening>> open_admin(const config::Config& config) {
  if (!config.admin) return std::shared_ptr<Listening>();
  auto opened = open_listening(config.admin->bind, {.workers = 1, .backlog = 128});
  if (!opened) return Failure{"admin: " + opened.failure()};
  log::info("admin.open", {{"address", (*opened)->actual_address().to_string()}});
  return opened;
}

}  // namespace

void configure_log(const config::Config& config) {
  log::Options options;
  options.level = static_cast<log::Level>(config.telemetry.log.level);
  log::configure(options);
}

Outcome<Done> run(const RunOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  // Until they mean something they must not end the process, which they do by default.
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGUSR1, SIG_IGN);
  auto loaded = config::load(options.file, filter_schemas());
  if (!loaded.config) return Failure{in_lines(loaded.errors)};
  configure_log(*loaded.config);
  for (auto& w : loaded.warnings) log::warn("config.warning", {{"what", w.to_string()}});
  auto admin = open_admin(*loaded.config);
  if (!admin) return Failure{admin.failure()};
  auto process = Process::start(loaded.config, filter_kinds());
  if (!process) return Failure{process.failure()};
  Control control(**process, options, admin->get());
  control.run();
  return Done{};
}

}  // namespace sluice::server
