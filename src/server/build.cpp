#include "server/build.hpp"

#include "server/build_listeners.hpp"
#include "server/build_routes.hpp"
#include "server/endpoint_files.hpp"

namespace sluice::server {
namespace {

// A file of endpoints that cannot be used is no reason to refuse the rest: the upstream goes on with the last
// good one, or begins with none.
upstream::Finding first_look(const std::string& name, const config::Upstream& settings,
                             net::TlsNotes& notes) {
  if (!settings.discover || !settings.discover->file) return {};
  auto finding = look_into(*settings.discover->file);
  if (!finding.fault.empty()) notes.warnings.push_back("upstreams." + name + ".discover: " + finding.fault);
  return finding;
}

Upstreams build_upstreams(const config::Config& config, Registries& registries, WallPoint now,
                          net::TlsNotes& notes) {
  Upstreams all;
  for (auto& [name, settings] : config.upstreams) {
    auto tls = build_client_tls(name, settings, now, notes);
    auto first = first_look(name, settings, notes);
    all[name] = std::make_shared<upstream::Upstream>(name, settings, registries.endpoints, std::move(tls),
                                                     std::move(first));
  }
  return all;
}

// From here on filters find there what they are to keep things in.
Redis build_stores(const config::Config& config, Registries& registries) {
  auto redis = build_redis(config, registries.endpoints.workers(), registries.metrics, registries.keepsakes);
  registries.stores.redis_buckets = redis.buckets;
  registries.stores.redis_bytes = redis.bytes;
  registries.stores.cache_size = config.cache_memory.size;
  registries.stores.cache_max_entry = config.cache_memory.max_entry;
  return redis;
}

std::shared_ptr<Snapshot> build_snapshot(const config::Config& config, Registries& registries,
                                         const Upstreams& upstreams, FilterBuild& filters,
                                         std::vector<SplitRoute>& splits) {
  auto snapshot = std::make_shared<Snapshot>();
  for (auto& [name, listener] : config.listeners)
    snapshot->listeners.push_back(listener_policy(name, listener, registries.metrics));
  std::vector<proxy::Rule> rules;
  for (auto& [name, route] : config.routes) {
    snapshot->routes.push_back(build_route(name, route, config, registries, upstreams, filters, splits));
    rules.push_back({name, &route, answers_preflight(route, config, registries.filters)});
  }
  snapshot->router = proxy::Router(rules);
  snapshot->edge = edge_chain(config, filters);
  snapshot->secret_parameters = filters.findings.secret_parameters;
  snapshot->edge_timeout = config.defaults.timeout;
  snapshot->request_id_header = config.telemetry.request_id.header;
  if (auto& explain = config.telemetry.explain)
    snapshot->explain = proxy::ExplainPolicy{explain->header, explain->from};
  snapshot->overload_bounds = config.overload;
  if (config.overload) snapshot->overload = registries.overload;
  snapshot->merge_slashes = config.paths.merge_slashes;
  return snapshot;
}

}  // namespace

std::shared_ptr<const Snapshot> build_routing(const config::Config& config, Registries& registries) {
  Upstreams upstreams;
  for (auto& [name, settings] : config.upstreams)
    upstreams[name] = std::make_shared<upstream::Upstream>(name, settings, registries.endpoints, nullptr);
  auto redis = build_stores(config, registries);
  FilterBuild filters(config, registries);
  std::vector<SplitRoute> splits;
  return build_snapshot(config, registries, upstreams, filters, splits);
}

BuildResult build(const config::Config& config, Registries& registries, WallPoint now,
                  std::uint64_t version) {
  BuildResult result;
  net::TlsNotes notes;
  Built built;
  for (auto& [name, listener] : config.listeners)
    built.listeners.push_back(build_listener(name, listener, config, registries, now, notes));
  auto upstreams = build_upstreams(config, registries, now, notes);
  built.redis = build_stores(config, registries);
  FilterBuild filters(config, registries);
  auto snapshot = build_snapshot(config, registries, upstreams, filters, built.splits);
  result.warnings = std::move(notes.warnings);
  result.errors = std::move(notes.errors);
  result.errors.insert(result.errors.end(), filters.errors.begin(), filters.errors.end());
  if (!result.errors.empty()) return result;

  snapshot->version = version;
  built.snapshot = std::move(snapshot);
  built.background = std::move(filters.background);
  built.cache = build_cache(config, registries, built.background);
  if (built.redis.replicas) built.background.push_back(built.redis.replicas);
  built.files = std::move(filters.findings.files);
  built.filters = std::move(filters.switched);
  built.adjustables = std::move(filters.adjustables);
  for (auto& [name, upstream] : upstreams) built.upstreams.push_back(upstream);
  for (auto& plan : built.listeners) add_expiries(plan, built.certificates);
  result.built = std::move(built);
  return result;
}

}  // namespace sluice::server
