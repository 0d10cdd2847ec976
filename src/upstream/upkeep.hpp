// Upkeep: what upstreams need in the background: health checks, discovery, names that have addresses. Lives
// on worker 0; nothing of it happens for a request.
//
//   Upkeep upkeep(worker0, metrics, everywhere, system_lookup(worker0));
//   upkeep.follow(upstreams_of(snapshot));     // publish: from here on these, and nothing else
//
// What stays keeps what it has learnt, by identity: a checker its row of passes and failures, a name its last
// good answer. Start-up waits for none of it: an endpoint whose name has no address yet is not available.
#pragma once
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

  Upkeep(net::Reactor& worker0, telemetry::Metrics& metrics, Everywhere everywhere, Lookup lookup,
         Dialler dialler = dial);
  Upkeep(const Upkeep&) = delete;
  ~Upkeep();

  // On worker 0's thread, from the loop (a letter). At the end with none, before the reactor stops.
  void follow(std::vector<std::shared_ptr<Upstream>> upstreams);

 private:
  struct Name;       // a host name that is looked up again and again
  struct Following;  // an upstream with its names and checkers

  void adopt_names(Following& f);
  void adopt_checkers(Following& f);
  Task<Unit> judge(Following& f);
  Task<Unit> look_up(Name& name);
  void tell(const Name& name, std::uint32_t failures_before) const;
  void found(const Name& name);

  net::Reactor& reactor_;
  telemetry::Metrics& metrics_;
  Everywhere everywhere_;
  Lookup lookup_;
  Dialler dialler_;
  std::map<std::string, std::unique_ptr<Following>> following_;  // by the upstream's name
};

}  // namespace sluice::upstream
