// Text to Config. Pure but for the reader and the environment that it is given; `sluice check` stops here.
//
//   auto loaded = load("sluice.yaml", filter_schemas);
//   for (auto& p : loaded.errors) print(p.to_string());
//   if (!loaded.config) return exit_bad_configuration;
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/problem.hpp"
#include "config/source.hpp"

namespace sluice::config {

struct Loaded {
  std::shared_ptr<const Config> config;  // null exactly where there are errors
  std::vector<Problem> errors;           // all of them, in the order of the files' text
  std::vector<Problem> warnings;
  std::vector<std::filesystem::path> files;  // what was read, also where it was refused: worth watching
};

Loaded load(const std::string& path, std::span<const FilterSchema> filters, FileReader& files = disk_files(),
            const Environment& environment = process_environment());

// For editors: draft 2020-12.
std::string json_schema(std::span<const FilterSchema> filters);

// docs/configuration.md.
std::string reference_markdown();
// What a filter's page in docs/filters says of its settings, and the index there of those that all have.
std::string settings_markdown(const FilterSchema& filter);
std::string common_settings_markdown();

// The settings that differ and that no reload can change: "workers", "user", "admin.bind". A reload that
// names any is refused.
std::vector<std::string_view> unchangeable(const Config& running, const Config& next);

}  // namespace sluice::config
