// Numbers that only grow: which of two things was made later.
//
//   const std::uint64_t generation_ = base::next_generation();
#pragma once
#include <atomic>
#include <cstdint>

namespace sluice::base {

inline std::uint64_t next_generation() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace sluice::base
