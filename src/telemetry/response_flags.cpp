#include "telemetry/response_flags.hpp"

#include <array>

namespace sluice::telemetry {

const char* letters(Flag f) noexcept {
  static constexpr std::array<const char*, static_cast<std::size_t>(Flag::count)> names = {
      "DC",   "DPE",  "DT", "DI", "FI", "LR", "NC",  "NR", "OM",  "RL",
      "RLSE", "UAEX", "UC", "UF", "UH", "UO", "UPE", "UR", "URX", "UT"};
  return names[static_cast<std::size_t>(f)];
}

}  // namespace sluice::telemetry
