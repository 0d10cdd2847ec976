// Equality of JSON values as JSON Schema has it (2020-12 core §4.2.2): numbers by their value, so that 1 is
// 1.0, objects whatever the order of their members.
#pragma once
#include <cstdint>

#include "json/node.hpp"

namespace sluice::json {

bool equal(const Node& a, const Node& b) noexcept;

// Equal values have the same hash. Seeded by the process, so that nobody can choose values whose hashes are
// the same.
std::uint64_t hash(const Node& value) noexcept;

}  // namespace sluice::json
