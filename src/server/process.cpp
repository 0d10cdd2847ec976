#include "server/process.hpp"

#include "server/endpoint_files.hpp"
#include "server/system/cpus.hpp"
#include "server/system/privileges.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

std::string in_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (auto& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::vector<std::shared_ptr<upstream::Discovery>> discoveries_of(
    const std::vector<std::shared_ptr<upstream::Upstream>>& upstreams) {
  std::vector<std::shared_ptr<upstream::Discovery>> all;
  for (auto& u : upstreams)
    if (u->discovery()) all.push_back(u->discovery());
  return all;
}

std::vector<telemetry::FilterMode> readings_of(const std::vector<SwitchedFilter>& filters) {
  std::vector<telemetry::FilterMode> readings;
  for (auto& f : filters)
    readings.push_back({f.name, [mode = f.mode] { return static_cast<unsigned>(mode->load()); }});
  return readings;
}

telemetry::SplitWeights readings_of(const std::vector<SplitRoute>& splits) {
  return [splits] {
    std::vector<telemetry::SplitWeight> weights;
    for (auto& split : splits)
      for (auto& [upstream, weight] : split.weights->standing())
        weights.push_back({split.name, upstream, weight});
    return weights;
  };
}

void tell(const ReloadReport& report) {
  for (auto& w : report.warnings) log::warn("config.warning", {{"what", w}});
  for (auto& e : report.errors) log::error("config.refused", {{"why", e}});
  if (report.taken) log::info("config.published", {{"version", report.version}});
}

}  // namespace

Process::Process(unsigned workers, std::span<const FilterKind> filters)
    : metrics_(workers),
      resources_(workers),
      access_logs_(workers, metrics_),
      workers_(metrics_),
      endpoints_(metrics_, workers,
                 [this](std::shared_ptr<upstream::Endpoint> gone) {
                   workers_.tell([gone](WorkerParts& w) { w.connections.retire(*gone); });
                 }),
      registries_(metrics_, endpoints_, filters) {}

// Snapshots hold endpoints, endpoints are retired by letters to workers, and workers hold snapshots: so first
// the threads end, with what they hold, then what is left here.
Process::~Process() {
  workers_.stop();
  metrics_.sources(nullptr);
  standing_.set(std::shared_ptr<const Published>());
}

Outcome<std::unique_ptr<Process>> Process::start(std::shared_ptr<const config::Config> config,
                                                 std::span<const FilterKind> filters) {
  auto workers = config->workers.value_or(usable_cpus());
  std::unique_ptr<Process> process(new Process(workers, filters));
  raise_descriptor_limit();
  auto opened = process->resources_.open(*config);
  if (!opened) return Failure{opened.failure()};
  if (config->user)
    if (auto dropped = drop_privileges(*config->user); !dropped) return Failure{dropped.failure()};

  process->workers_.start(workers);
  std::vector<std::string> warnings;
  if (auto faults = process->apply(config, *opened, warnings); !faults.empty())
    return Failure{in_lines(faults)};
  tell({.taken = true, .version = process->version_, .at = wall_now(), .errors = {}, .warnings = warnings});
  return process;
}

ReloadReport Process::reload(const config::Loaded& loaded) {
  ReloadReport report;
  report.at = wall_now();
  report.errors = try_reload(loaded, report.warnings);
  report.taken = report.errors.empty();
  report.version = version_;
  metrics_.reloaded(report.taken);
  standing_.set(report);
  tell(report);
  return report;
}

Process::Faults Process::try_reload(const config::Loaded& loaded, std::vector<std::string>& warnings) {
  if (standing_.draining()) return {"the process is draining"};
  Faults faults;
  for (auto& e : loaded.errors) faults.push_back(e.to_string());
  for (auto& w : loaded.warnings) warnings.push_back(w.to_string());
  if (!loaded.config) return faults;
  for (auto name : config::unchangeable(*standing_.published()->config, *loaded.config))
    faults.push_back(std::string(name) + ": cannot change in a reload; restart for it");
  if (!faults.empty()) return faults;

  auto opened = resources_.open(*loaded.config);
  if (!opened) return {opened.failure()};
  return apply(loaded.config, *opened, warnings);
}

Process::Faults Process::apply(std::shared_ptr<const config::Config> config, const OpenedListeners& opened,
                               std::vector<std::string>& warnings) {
  auto result = build(*config, registries_, wall_now(), version_ + 1);
  warnings.insert(warnings.end(), result.warnings.begin(), result.warnings.end());
  if (!result.built) return result.errors;
  auto log = access_logs_.prepare(*config);
  if (!log) return {log.failure()};

  attach(opened, result.built->listeners);
  auto next = std::make_shared<const Published>(
      Published{++version_, wall_now(), std::move(config), std::move(*result.built)});
  publish(std::move(next), std::move(*log));
  return {};
}

// From here on nothing can fail. A worker has its routes before it has the sockets that need them.
void Process::publish(std::shared_ptr<const Published> next, AccessLogs::Prepared log) {
  registries_.modes.follow(next->built.filters);
  registries_.splits.follow(next->built.splits);
  workers_.tell_and_wait([&](WorkerParts& w) {
    w.access_log = log.worker(w.reactor.worker().index);
    w.redis.follow(next->built.redis.clients);
    w.gateway.publish(next->built.snapshot);
    if (w.upkeep) w.upkeep->follow(next->built.upstreams);
    if (w.sources) w.sources->follow(next->built.background);
    w.listeners.publish(next->built.listeners);
  });
  access_logs_.commit(std::move(log));
  metrics_.certificates(next->built.certificates);
  metrics_.sources([sources = next->built.background, discoveries = discoveries_of(next->built.upstreams)] {
    return levels_of(sources, discoveries);
  });
  metrics_.filters(readings_of(next->built.filters));
  metrics_.weights(readings_of(next->built.splits));
  standing_.set(std::move(next));
}

void Process::look_into(const std::filesystem::path& endpoints) {
  workers_.tell_upkeep([endpoints, finding = server::look_into(endpoints)](upstream::Upkeep& upkeep) {
    upkeep.take(endpoints, finding);
  });
}

void Process::reopen_logs() noexcept {
  access_logs_.reopen();
  log::reopen();
}

void Process::drain(Duration spread) {
  auto replicas = standing_.published()->built.redis.replicas;
  workers_.tell_and_wait([&](WorkerParts& w) {
    w.redis.drain();
    if (replicas && w.reactor.worker().index == 0) replicas->leave(w.reactor.worker());
    w.listeners.stop_accepting();
    w.listeners.drain(spread);
    w.connections.close_idle();
  });
  // Nobody accepts from the sockets any more: now they can close.
  auto without_sockets = *standing_.published();
  for (auto& plan : without_sockets.built.listeners) plan.sockets.clear();
  standing_.set(std::make_shared<const Published>(std::move(without_sockets)));
}

void Process::cut() {
  workers_.tell_and_wait([](WorkerParts& w) { w.listeners.cut(); });
}

}  // namespace sluice::server
