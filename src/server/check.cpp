#include "server/check.hpp"

#include "config/load.hpp"
#include "server/build.hpp"
#include "server/system/privileges.hpp"

namespace sluice::server {
namespace {

using Paths = std::vector<std::filesystem::path>;

void add(Paths& to, const std::optional<std::filesystem::path>& path) {
  if (path) to.push_back(*path);
}

// What a reload reads again.
Paths files_of(const config::Config& config) {
  Paths files = config.files;
  for (auto& [name, listener] : config.listeners) {
    if (!listener.tls) continue;
    if (listener.tls->certificates)
      for (auto& c : *listener.tls->certificates) files.insert(files.end(), {c.cert, c.key});
    add(files, listener.tls->client_ca);
    for (auto& key : listener.tls->ticket_keys) files.push_back(key);
  }
  for (auto& [name, upstream] : config.upstreams) {
    if (!upstream.tls) continue;
    for (auto* path : {&upstream.tls->ca, &upstream.tls->cert, &upstream.tls->key}) add(files, *path);
  }
  return files;
}

void warn_of_unreadable(const config::Config& config, std::vector<std::string>& warnings) {
  if (!config.user) return;
  for (auto& file : unreadable_by(*config.user, files_of(config)))
    warnings.push_back(file.string() + ": '" + *config.user +
                       "' cannot read it, so a start or a reload will fail");
}

}  // namespace

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
  warn_of_unreadable(*loaded.config, report.warnings);
  return report;
}

}  // namespace sluice::server
