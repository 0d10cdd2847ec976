// A sample filter, built against include/ alone. It greets whoever may come in, within a quota of guests that
// are inside at the same time.
#pragma once
#include <memory>

#include "sluice/config.hpp"
#include "sluice/filter.hpp"
#include "sluice/metrics.hpp"

namespace sample {

struct GreetingSettings {
  std::string text = "hello";
  std::vector<sluice::Cidr> from;  // empty: anybody
  std::uint32_t guests = 100;
  sluice::OrOff<sluice::Duration> remember = std::chrono::seconds(10);

  static const sluice::Schema& schema();
};

// For the table of filters that a configuration may name.
sluice::FilterSchema greeting_schema();

std::unique_ptr<sluice::Filter> make_greeting(const GreetingSettings& settings, sluice::Meter& meter,
                                              unsigned workers);

}  // namespace sample
