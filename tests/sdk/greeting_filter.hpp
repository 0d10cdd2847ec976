// A sample filter, built against include/ alone. It greets whoever may come in, within a quota of guests that
// are inside at the same time.
#pragma once
#include "sluice/filter_kind.hpp"

namespace sample {

struct GreetingSettings {
  std::string text = "hello";
  std::vector<sluice::Cidr> from;  // empty: anybody
  std::uint32_t guests = 100;
  sluice::OrOff<sluice::Duration> remember = std::chrono::seconds(10);

  static const sluice::Schema& schema();
};

// For the table of filters that a configuration may name.
sluice::FilterKind greeting_filter();

}  // namespace sample
