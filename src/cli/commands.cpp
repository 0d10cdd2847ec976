#include "cli/commands.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/command_line.hpp"
#include "config/load.hpp"
#include "server/check.hpp"
#include "server/filters.hpp"
#include "server/run.hpp"

namespace sluice::cli {
namespace {

bool is_there(const std::string& file) {
  std::error_code ignored;
  return std::filesystem::exists(file, ignored);
}

// Null, and every error on stderr.
std::shared_ptr<const config::Config> load(const std::string& file) {
  auto loaded = config::load(file, server::filter_schemas());
  for (auto& e : loaded.errors) std::cerr << e.to_string() << '\n';
  return loaded.config;
}

}  // namespace

std::string find_configuration(const std::string& asked) {
  if (!asked.empty()) return asked;
  if (const char* named = std::getenv("SLUICE_CONFIG"); named && *named) return named;
  if (is_there("sluice.yaml")) return "sluice.yaml";
  return "/etc/sluice/sluice.yaml";
}

int run_gateway(const std::string& file, bool watch) {
  auto ran = server::run({.file = file, .watch = watch});
  if (ran) return fine;
  std::cerr << ran.failure() << '\n';
  return bad_configuration;
}

int check(const std::string& file) {
  auto report = server::check(file);
  for (auto& e : report.errors) std::cerr << e << '\n';
  for (auto& w : report.warnings) std::cerr << "warning: " << w << '\n';
  if (!report.errors.empty()) return bad_configuration;
  std::cerr << file << ": fine\n";
  return fine;
}

int explain(const std::string& file, const server::ExplainedRequest& request) {
  auto config = load(file);
  if (!config) return bad_configuration;
  auto text = server::explain(*config, server::filter_kinds(), request);
  if (!text) {
    std::cerr << "sluice explain: " << text.failure() << '\n';
    return bad_usage;
  }
  std::cout << *text;
  return fine;
}

int schema() {
  std::cout << config::json_schema(server::filter_schemas()) << '\n';
  return fine;
}

}  // namespace sluice::cli
