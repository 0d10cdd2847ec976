// The life of `sluice run`: start, signals, reloads, drain, end.
//
//   return run({.file = "sluice.yaml"});
//
// SIGHUP reloads, SIGUSR1 opens the logs anew, SIGTERM and SIGINT drain; a second one of those stops at once.
#pragma once
#include <string>

#include "config/config.hpp"
#include "server/outcome.hpp"

namespace sluice::server {

struct RunOptions {
  std::string file;
  bool watch = false;  // reload when a file of the configuration changes
};

// The gateway's own log, as the configuration wants it.
void configure_log(const config::Config& config);

// Returns when the process may end. The failure is that of its start: nothing was served.
Outcome<Done> run(const RunOptions& options);

}  // namespace sluice::server
