// Upkeep: what upstreams need in the background: health checks, discovery, names that have addresses. Lives
// on worker 0; nothing of it happens for a request.
//
//   Upkeep upkeep(worker0, {.workers = mailboxes, ...});
//   upkeep.follow(snapshot.upstreams);     // publish: from here on these, and nothing else
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
#include "upstream/discovery.hpp"
#include "upstream/health_checker.hpp"
#include "upstream/lookup.hpp"
#include "upstream/upstream.hpp"

namespace sluice::upstream {

class Upkeep {
 public:
  // Runs a function on each worker, on its own thread, some time soon: one letter each.
  using Everywhere = std::function<void(std::function<void(Worker&)>)>;

  Upkeep(net::Reactor& worker0, telemetry::Metrics& metrics, Everywhere everywhere, Lookup lookup,
         Dialler dialler = dial);
  Upkeep(const Upkeep&) = delete;
  ~Upkeep();

  // On worker 0's thread.
  void follow(std::vector<std::shared_ptr<Upstream>> upstreams);

 private:
  struct Name;  // a host name that is looked up again and again
  struct Following;

  void check(const Upstream& upstream, const EndpointSet& set);

  net::Reactor& reactor_;
  telemetry::Metrics& metrics_;
  Everywhere everywhere_;
  Lookup lookup_;
  Dialler dialler_;
  std::map<std::string, std::unique_ptr<Following>> following_;  // by the upstream's name
};

}  // namespace sluice::upstream
