// Sources: what filters have run in the background (sluice/background.hpp), on worker 0.
//
//   Sources sources(worker0, std::make_unique<upstream::HttpFetcher>(...));
//   sources.follow(built.background);     // publish: from here on these, and nothing else
//
// One that runs already goes on, whichever configurations name it; one that is no longer named ends. A fault
// of a source ends that source's turn, not the gateway: it begins anew after a pause.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "sluice/background.hpp"
#include "telemetry/metrics.hpp"
#include "upstream/discovery.hpp"

namespace sluice::server {

// Several filters may have named the same one.
std::vector<std::shared_ptr<Background>> distinct(const std::vector<std::shared_ptr<Background>>& sources);

// For metrics: these, and where upstreams find their endpoints. Those of the same kind and name (one address,
// asked with different settings) are one: usable where all are, as old as the oldest.
using Discoveries = std::vector<std::shared_ptr<upstream::Discovery>>;
std::vector<telemetry::SourceLevel> levels_of(const std::vector<std::shared_ptr<Background>>& sources,
                                              const Discoveries& discoveries = {});

class Sources {
 public:
  Sources(Worker& worker0, std::unique_ptr<Fetcher> fetcher);
  Sources(const Sources&) = delete;

  // On worker 0's thread, from the loop (a letter).
  void follow(const std::vector<std::shared_ptr<Background>>& sources);

 private:
  Task<Unit> tend(Background& source);

  Worker& worker_;
  std::unique_ptr<Fetcher> fetcher_;
  std::map<std::shared_ptr<Background>, std::unique_ptr<Scope>> running_;
};

}  // namespace sluice::server
