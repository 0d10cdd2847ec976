// The letters of an answer's flags, for log and metrics.
#pragma once
#include "sluice/response_flags.hpp"

namespace sluice::telemetry {

using sluice::Flag;
using sluice::ResponseFlags;

// Upper case: "UF".
const char* letters(Flag f) noexcept;

}  // namespace sluice::telemetry
