// A demonstration upstream: answers every request with what it was, as JSON, so that one can see what the
// gateway sent. /healthz says ok; a WebSocket gets its messages back.
//
//   return echo({.bind = address, .name = "a"});     // until SIGINT or SIGTERM
#pragma once
#include <chrono>
#include <string>

#include "config/address.hpp"

namespace sluice::cli {

struct EchoOptions {
  config::Address bind;
  std::string name;                   // in every answer; empty: the address
  std::chrono::milliseconds delay{};  // before every answer but /healthz
  unsigned status = 200;              // of every answer, /healthz included
};

// The process's exit code. Prints the address that it listens on to stderr, once it does.
int echo(const EchoOptions& options);

}  // namespace sluice::cli
