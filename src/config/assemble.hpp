// One document from a file and what it includes: parsed, substituted, merged.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/document.hpp"
#include "config/source.hpp"

namespace sluice::config {

struct Assembled {
  std::optional<Node> root;  // nothing: the main file could not even be parsed
  std::vector<std::filesystem::path> files;
};

Assembled assemble(const std::string& path, FileReader& files, const Environment& environment,
                   Problems& problems);

}  // namespace sluice::config
