#include "server/endpoint_files.hpp"

#include <set>

namespace sluice::server {

std::vector<std::filesystem::path> endpoint_files(const config::Config& config) {
  std::set<std::filesystem::path> files;
  for (auto& [name, upstream] : config.upstreams)
    if (upstream.discover && upstream.discover->file) files.insert(*upstream.discover->file);
  return {files.begin(), files.end()};
}

upstream::Finding look_into(const std::filesystem::path& file) {
  auto read = config::load_endpoints(file);
  upstream::Finding finding;
  finding.endpoints = std::move(read.endpoints);
  if (read.errors.empty()) return finding;
  finding.fault = read.errors.front().to_string();
  if (auto more = read.errors.size() - 1) finding.fault += " (and " + std::to_string(more) + " more)";
  return finding;
}

}  // namespace sluice::server
