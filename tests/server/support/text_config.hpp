// A configuration from a text that is in no file.
#pragma once
#include <gtest/gtest.h>

#include "config/load.hpp"
#include "server/filters.hpp"

namespace sluice::server::testing {

class TextFiles final : public config::FileReader {
 public:
  explicit TextFiles(std::string text) : text_(std::move(text)) {}
  config::FileText read(const std::filesystem::path&, std::size_t) override { return {text_, ""}; }
  std::vector<std::filesystem::path> match(const std::string&) override { return {}; }

 private:
  std::string text_;
};

inline config::Loaded load_text(const std::string& text, std::span<const FilterSchema> filters = {}) {
  TextFiles files(text);
  return config::load("sluice.yaml", filters, files);
}

// One that has to be sound.
inline std::shared_ptr<const config::Config> config_of(const std::string& text,
                                                       std::span<const FilterSchema> filters = {}) {
  auto loaded = load_text(text, filters);
  for (auto& e : loaded.errors) ADD_FAILURE() << e.to_string();
  return loaded.config;
}

}  // namespace sluice::server::testing
