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

Outcome<Done> run(const RunOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  auto loaded = config::load(options.file, filter_schemas());
  if (!loaded.config) return Failure{in_lines(loaded.errors)};
  auto admin = open_admin(*loaded.config);
  if (!admin) return Failure{admin.failure()};
  auto process = Process::start(loaded.config, filter_kinds());
  if (!process) return Failure{process.failure()};
  Control control(**process, options, admin->get());
  control.run();
  return Done{};
}

}  // namespace sluice::server
