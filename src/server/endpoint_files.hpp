// Files of endpoints (`discover: { file: ... }`): which there are, and what one says. Read by the build and
// by the control thread when one changes, never by a worker.
//
//   for (auto& file : endpoint_files(*config)) watch(file);
//   upkeep.take(file, look_into(file));
#pragma once
#include <filesystem>
#include <vector>

#include "config/config.hpp"
#include "upstream/discovery.hpp"

namespace sluice::server {

// Each once.
std::vector<std::filesystem::path> endpoint_files(const config::Config& config);

// A fault has file, line and column of the first error, and how many more there are.
upstream::Finding look_into(const std::filesystem::path& file);

}  // namespace sluice::server
