// From a configuration to what serves it: Config -> Snapshot, and all that goes with it. Reads certificates
// and keys; opens no socket, starts no thread, changes nothing that is running. `sluice check` stops here.
//
//   BuildResult result = build(*config, registries, wall_now());
//   if (!result.built) log(result.errors);
//   else publish(*result.built);
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "proxy/overload.hpp"
#include "proxy/snapshot.hpp"
#include "server/cache.hpp"
#include "server/filters.hpp"
#include "server/listener_plan.hpp"
#include "server/modes.hpp"
#include "server/redis.hpp"
#include "server/splits.hpp"
#include "server/tls.hpp"
#include "telemetry/metrics.hpp"
#include "upstream/registry.hpp"
#include "upstream/upstream.hpp"

namespace sluice::server {

// What lives longer than one configuration, so that a reload forgets neither health nor counts.
struct Registries {
  telemetry::Metrics& metrics;
  upstream::Registry& endpoints;
  std::span<const FilterKind> filters;
  Modes modes;
  Splits splits;
  Keepsakes keepsakes;
  Stores stores;  // of the configuration that is being built
  TlsKeepsakes tls;
  std::shared_ptr<proxy::Overload> overload;

  Registries(telemetry::Metrics& m, upstream::Registry& e, std::span<const FilterKind> f)
      : metrics(m), endpoints(e), filters(f), overload(std::make_shared<proxy::Overload>(m, e.workers())) {}
};

struct Built {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::shared_ptr<upstream::Upstream>> upstreams;
  std::vector<std::shared_ptr<Background>> background;   // what its filters need run
  std::vector<std::shared_ptr<Adjustable>> adjustables;  // what may be changed of them while they run
  std::vector<SwitchedFilter> filters;                   // each once
  std::vector<SplitRoute> splits;                        // the routes that divide their callers
  std::vector<std::filesystem::path> files;              // that its filters read
  Redis redis;
  Cache cache;
  ListenerPlans listeners;  // without sockets and counts: those are for whoever publishes
  std::vector<telemetry::CertificateExpiry> certificates;
};

struct BuildResult {
  std::optional<Built> built;  // nothing exactly where there are errors
  std::vector<std::string> errors, warnings;
};

// The snapshot alone, without a look at any certificate: for who only asks what would be served.
std::shared_ptr<const Snapshot> build_routing(const config::Config& config, Registries& registries);

// `version`: the snapshot's, counted by whoever publishes.
BuildResult build(const config::Config& config, Registries& registries, WallPoint now,
                  std::uint64_t version = 1);

}  // namespace sluice::server
