#include "config/load.hpp"

#include "config/assemble.hpp"
#include "config/check.hpp"
#include "config/read.hpp"

namespace sluice::config {

Loaded load(const std::string& path, std::span<const FilterSchema> filters, FileReader& files,
            const Environment& environment) {
  Problems problems;
  auto document = assemble(path, files, environment, problems);
  auto config = std::make_shared<Config>();
  if (document.root) {
    Reading reading(filters, problems);
    reading.object(Config::schema(), Cursor(*document.root), config.get());
    config->secret_paths = reading.take_secret_paths();
    check(*config, *document.root, filters, problems);
  }
  config->files = document.files;
  bool fine = problems.error_count() == 0;
  return {fine ? std::move(config) : nullptr, problems.take_errors(), problems.take_warnings(),
          std::move(document.files)};
}

std::vector<std::string_view> unchangeable(const Config& running, const Config& next) {
  std::vector<std::string_view> names;
  if (running.workers != next.workers) names.push_back("workers");
  if (running.user != next.user) names.push_back("user");
  auto bind = [](const Config& c) { return c.admin ? c.admin->bind.to_string() : std::string(); };
  if (bind(running) != bind(next)) names.push_back("admin.bind");
  if (running.cache_memory.size != next.cache_memory.size) names.push_back("cache_memory.size");
  return names;
}

}  // namespace sluice::config
