// Who answers clearly worse than the others. Pure.
//
//   auto mean = mean_success(tallies, 100);                  // of those with at least 100 answers
//   if (mean && stands_out(tally, *mean, 0.85, 100)) eject();
#pragma once
#include <optional>
#include <span>

#include "upstream/sliding_count.hpp"

namespace sluice::upstream {

// Each member counts the same, however much it was asked. Nothing: fewer than two have as many answers.
inline std::optional<double> mean_success(std::span<const Tally> tallies, std::uint64_t min_requests) {
  double sum = 0;
  std::size_t count = 0;
  for (auto& t : tallies)
    if (t.total() >= min_requests) {
      sum += t.share();
      ++count;
    }
  if (count < 2) return std::nullopt;
  return sum / static_cast<double>(count);
}

// Where all are bad nobody stands out.
inline bool stands_out(const Tally& tally, double mean, double share, std::uint64_t min_requests) {
  return tally.total() >= min_requests && tally.share() < share * mean;
}

}  // namespace sluice::upstream
