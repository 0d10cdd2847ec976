// Upkeep: what upstreams need in the background: health checks, discovery, names that have addresses. Lives
// on worker 0; nothing of it happens for a request.
//
//   Upkeep upkeep(worker0, metrics, everywhere, std::make_unique<Dns>(worker0));
//   upkeep.follow(upstreams_of(snapshot));     // publish: from here on these, and nothing else
//   upkeep.take(path, finding);                // a file of endpoints has changed
//
// What stays keeps what it has learnt, by identity: a checker its row of passes and failures, a name and a
// discovery their last good answer. Start-up waits for none of it: an endpoint whose name has no address yet
// is not available.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/reactor.hpp"
#include "telemetry/metrics.hpp"
#include "upstream/health_checker.hpp"
#include "upstream/lookup.hpp"
#include "upstream/upstream.hpp"

namespace sluice::upstream {

class Upkeep {
 public:
  // Has a function run on each worker, on its own thread, soon: a letter to each.
  using Everywhere = std::function<void(std::function<void(Worker&)>)>;

  Upkeep(net::Reactor& worker0, telemetry::Metrics& metrics, Everywhere everywhere,
         std::unique_ptr<NameService> names, Dialler dialler = dial);
  Upkeep(const Upkeep&) = delete;
  ~Upkeep();

  // On worker 0's thread, from the loop (a letter). At the end with none, before the reactor stops.
  void follow(std::vector<std::shared_ptr<Upstream>> upstreams);
  // The same thread: what a file says now, to those who discover their endpoints there.
  void take(const std::filesystem::path& file, const Finding& finding);

 private:
  struct Following;  // an upstream with its names, its discovery and its checkers

  void adopt_names(Following& f);
  void adopt_discovery(Following& f);
  void adopt_checkers(Following& f);
  void renewed(Following& f);
  Task<Unit> judge(Following& f);

  net::Reactor& reactor_;
  telemetry::Metrics& metrics_;
  Everywhere everywhere_;
  std::unique_ptr<NameService> service_;
  Dialler dialler_;
  std::map<std::string, std::unique_ptr<Following>> following_;  // by the upstream's name
};

}  // namespace sluice::upstream
