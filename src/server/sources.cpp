#include "server/sources.hpp"

#include <algorithm>

#include "telemetry/log.hpp"
#include "upstream/sleep.hpp"

namespace sluice::server {
namespace {

void merge(telemetry::SourceLevel& into, const SourceStatus& status) {
  into.usable = into.usable && status.usable;
  if (!into.loaded || (status.loaded && *status.loaded < *into.loaded)) into.loaded = status.loaded;
}

}  // namespace

std::vector<std::shared_ptr<Background>> distinct(const std::vector<std::shared_ptr<Background>>& sources) {
  std::vector<std::shared_ptr<Background>> all;
  for (auto& source : sources)
    if (std::ranges::find(all, source) == all.end()) all.push_back(source);
  return all;
}

std::vector<telemetry::SourceLevel> levels_of(const std::vector<std::shared_ptr<Background>>& sources,
                                              const Discoveries& discoveries) {
  std::vector<SourceStatus> all;
  for (auto& source : sources) all.push_back(source->status());
  for (auto& discovery : discoveries) all.push_back(discovery->status());
  std::vector<telemetry::SourceLevel> levels;
  for (auto& status : all) {
    auto known = std::ranges::find_if(
        levels, [&](auto& level) { return level.kind == status.kind && level.name == status.name; });
    if (known == levels.end())
      levels.push_back({status.kind, status.name, status.usable, status.loaded});
    else
      merge(*known, status);
  }
  return levels;
}

Sources::Sources(Worker& worker0, std::unique_ptr<Fetcher> fetcher)
    : worker_(worker0), fetcher_(std::move(fetcher)) {}

void Sources::follow(const std::vector<std::shared_ptr<Background>>& sources) {
  decltype(running_) next;
  for (auto& source : distinct(sources)) {
    auto& running = next[source];
    running = std::move(running_[source]);
    if (running) continue;
    running = std::make_unique<Scope>();
    running->spawn(tend(*source));
  }
  running_.swap(next);
}

Task<Unit> Sources::tend(Background& source) {
  constexpr Duration pause = std::chrono::seconds(1);
  for (;;) {
    try {
      auto running = source.run(worker_, *fetcher_);
      co_return co_await running;
    } catch (const std::exception& fault) {
      log::error("source.fault", {{"source", source.status().name}, {"reason", fault.what()}});
    }
    upstream::Sleep sleep(worker_.timers, worker_.timers.now() + pause);
    co_await sleep;
  }
}

}  // namespace sluice::server
