// The settings of a limit on what is in flight.
#pragma once
#include "sluice/config.hpp"
#include "sluice/variable.hpp"

namespace sluice::filters::concurrency {

struct Settings {
  OneOrMany<Variable> key = route();
  unsigned max = 0;
  unsigned min = 1;
  unsigned queue = 0;
  Duration queue_timeout = std::chrono::seconds(1);
  bool adaptive = false;

  static OneOrMany<Variable> route();
  static const Schema& schema();
};

}  // namespace sluice::filters::concurrency
