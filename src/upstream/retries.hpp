// What was tried again at one upstream: its budget, and why. Belongs to the upstream's name, so that a reload
// forgets nothing.
//
//   upstream.retries().budget.take(terms, now)
//   upstream.retries().count(RetryReason::timeout, worker.index);
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "sluice/metrics.hpp"
#include "upstream/retry_budget.hpp"

namespace sluice::upstream {

enum class RetryReason : std::uint8_t { connect, reset, timeout, status, hedge, count };

constexpr std::string_view name_of(RetryReason reason) noexcept {
  constexpr std::array<std::string_view, 5> names = {"connect", "reset", "timeout", "status", "hedge"};
  return names[static_cast<std::size_t>(reason)];
}

class Retries {
 public:
  Retries(const std::string& upstream, Meter& meter, unsigned workers);
  Retries(const Retries&) = delete;

  RetryBudget budget;

  void count(RetryReason reason, unsigned worker) const noexcept {
    by_reason_[static_cast<std::size_t>(reason)].add(worker);
  }
  void count_refused(unsigned worker) const noexcept { refused_.add(worker); }

 private:
  std::array<Counter, static_cast<std::size_t>(RetryReason::count)> by_reason_;
  Counter refused_;
};

}  // namespace sluice::upstream
