// The configuration: any text either loads or is refused with errors, and what loads can be dumped and loaded
// again. An input may hold two files: what follows a line "%%" can be included as conf.d/b.yaml.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "config/dump.hpp"
#include "config/load.hpp"
#include "config/sample_filters.hpp"

namespace {

using namespace sluice::config;

const auto environment = variables({{"PORT", "8080"}, {"EMPTY", ""}});

Loaded load_text(const std::string& text) {
  auto split = text.find("\n%%\n");
  MemoryFiles files({{"sluice.yaml", text.substr(0, split)},
                     {"conf.d/b.yaml", split == text.npos ? "" : text.substr(split + 4)},
                     {"conf.d/a.yaml", "routes: { included: { match: /included, respond: {} } }\n"},
                     {"secret", "hidden\n"}});
  return load("sluice.yaml", sample_filters, files, environment);
}

void require(bool holds) {
  if (!holds) std::abort();
}

// What is masked or came from an included file does not stand in the dump as it was written.
bool can_be_loaded_again(const Config& config, const std::string& dumped) {
  return config.include.empty() && dumped.find(masked) == dumped.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto first = load_text(std::string(reinterpret_cast<const char*>(data), size));
  require(first.errors.empty() == (first.config != nullptr));
  for (auto& p : first.errors) require(!p.to_string().empty() && !p.message.empty());
  if (!first.config) return 0;

  auto dumped = dump(*first.config, sample_filters);
  auto text = to_yaml(dumped);
  if (!can_be_loaded_again(*first.config, text)) return 0;
  auto second = load_text(text);
  require(second.config != nullptr);
  require(dump(*second.config, sample_filters) == dumped);
  return 0;
}
