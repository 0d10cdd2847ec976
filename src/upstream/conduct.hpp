// Conduct: how an endpoint has answered. A part of Endpoint; Outliers judges it.
#pragma once
#include <atomic>
#include <cstdint>

#include "upstream/ejection.hpp"
#include "upstream/sliding_count.hpp"

namespace sluice::upstream {

struct Conduct {
  alignas(64) std::atomic<std::uint32_t> bad_in_a_row{0};  // of all workers; written where it is not 0
  // When the last active check that passed was begun.
  std::atomic<Duration::rep> passed_check{Duration::min().count()};

  // Outliers' own, under its lock.
  Ejection ejection;
  const char* reason = "";  // of the ejection that lasts: a literal
  WallPoint since{};        // of it
  Tally seen;               // what of the workers' counts is in `recent` already
  SlidingCount recent;
};

}  // namespace sluice::upstream
