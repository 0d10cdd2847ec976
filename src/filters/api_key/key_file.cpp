#include "filters/api_key/key_file.hpp"

#include "config/read.hpp"
#include "config/source.hpp"

namespace sluice::filters::api_key {

Keys read_keys(const std::filesystem::path& file, std::vector<std::string>& errors) {
  auto read = config::disk_files().read(file, config::DocumentLimits::bytes);
  if (!read.fault.empty()) {
    errors.push_back(file.string() + ": " + read.fault);
    return {};
  }
  config::Problems problems;
  KeyFile keys;
  auto source = std::make_shared<config::SourceFile>(config::SourceFile{file.string()});
  if (auto root = config::parse(read.text, std::move(source), problems))
    config::Reading({}, problems).object(KeyFile::schema(), config::Cursor(*root), &keys);
  auto found = problems.take_errors();
  for (auto& problem : found) errors.push_back(problem.to_string());
  return found.empty() ? std::move(keys.keys) : Keys();
}

}  // namespace sluice::filters::api_key
