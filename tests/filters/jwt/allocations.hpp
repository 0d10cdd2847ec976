// How often this test program has asked for memory.
#pragma once
#include <cstddef>

namespace sluice::filters::jwt::testing {

std::size_t allocations() noexcept;

}  // namespace sluice::filters::jwt::testing
