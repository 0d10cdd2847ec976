#include "server/check.hpp"

#include "config/load.hpp"
#include "server/build.hpp"

namespace sluice::server {

CheckReport check(const std::string& file) {
  CheckReport report;
  auto loaded = config::load(file, filter_schemas());
  for (auto& e : loaded.errors) report.errors.push_back(e.to_string());
  for (auto& w : loaded.warnings) report.warnings.push_back(w.to_string());
  if (!loaded.config) return report;

  telemetry::Metrics metrics(1);
  upstream::Registry endpoints(metrics, 1, [](auto) {});
  Registries registries(metrics, endpoints, filter_kinds());
  auto result = build(*loaded.config, registries, wall_now());
  report.errors.insert(report.errors.end(), result.errors.begin(), result.errors.end());
  report.warnings.insert(report.warnings.end(), result.warnings.begin(), result.warnings.end());
  return report;
}

}  // namespace sluice::server
