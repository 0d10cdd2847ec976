// The letters of a response flag, as they stand in the access log.
#pragma once
#include "sluice/response_flags.hpp"

namespace sluice::telemetry {

// Upper case: "UF".
const char* letters(Flag f) noexcept;

}  // namespace sluice::telemetry
