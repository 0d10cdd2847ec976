#include "upstream/retry_budget.hpp"

#include <algorithm>

namespace sluice::upstream {

void RecentCount::add_shared(std::uint64_t second) noexcept {
  auto& slot = at(second);
  auto seen = slot.load(std::memory_order_relaxed);
  while (!slot.compare_exchange_weak(seen, added(seen, second), std::memory_order_relaxed)) {
  }
}

void RecentCount::undo_shared(std::uint64_t second) noexcept {
  auto& slot = at(second);
  auto seen = slot.load(std::memory_order_relaxed);
  while (second_of(seen) == second && count_of(seen) > 0)
    if (slot.compare_exchange_weak(seen, seen - 1, std::memory_order_relaxed)) return;
}

std::uint64_t RecentCount::sum(std::uint64_t now) const noexcept {
  std::uint64_t sum = 0;
  for (auto& slot : slots_) {
    auto seen = slot.load(std::memory_order_relaxed);
    if (second_of(seen) != 0 && second_of(seen) + seconds > now) sum += count_of(seen);
  }
  return sum;
}

// Counted before it is looked at: of two that come at once for the last place neither passes the bound.
bool RetryBudget::take(const Terms& terms, TimePoint now) noexcept {
  auto at = second(now);
  std::uint64_t requests = 0;
  for (auto& cell : requests_) requests += cell.count.sum(at);
  auto allowed = std::max<std::uint64_t>(
      terms.min, static_cast<std::uint64_t>(static_cast<double>(requests) * terms.share));
  taken_.add_shared(at);
  if (taken_.sum(at) <= allowed) return true;
  taken_.undo_shared(at);
  return false;
}

}  // namespace sluice::upstream
