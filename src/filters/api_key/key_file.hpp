// The keys of `file`, read as the configuration itself is: with the same schema and errors that name line and
// column.
#pragma once
#include <filesystem>

#include "filters/api_key/settings.hpp"

namespace sluice::filters::api_key {

// Faults are added to `errors`, one line each; then nothing of the file counts.
Keys read_keys(const std::filesystem::path& file, std::vector<std::string>& errors);

}  // namespace sluice::filters::api_key
