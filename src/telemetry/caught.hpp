// What an exception says of itself, for the log.
//
//   } catch (...) {
//     log::error("filter.fault", {{"error", caught()}});
//   }
#pragma once

namespace sluice::telemetry {

// Of the exception that is being handled; valid until its handler ends. "unknown" where it is no
// std::exception.
const char* caught() noexcept;

}  // namespace sluice::telemetry
