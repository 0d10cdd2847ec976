// How often this program asked the heap for something. A sanitizer has its own operator new: nothing is
// counted then.
#pragma once
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLUICE_COUNTS_ALLOCATIONS 0
#else
#define SLUICE_COUNTS_ALLOCATIONS 1
#endif

namespace sluice::kit {

std::size_t allocations() noexcept;

}  // namespace sluice::kit
