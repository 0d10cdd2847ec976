#include "upstream/upkeep.hpp"

#include <algorithm>

#include "telemetry/log.hpp"
#include "upstream/discoverer.hpp"
#include "upstream/sleep.hpp"

namespace sluice::upstream {

using namespace std::chrono_literals;

struct Upkeep::Following {
  std::shared_ptr<Upstream> upstream;
  std::unique_ptr<HostNames> names;
  std::unique_ptr<Discoverer> discoverer;  // needs the names
  std::map<std::shared_ptr<Endpoint>, std::unique_ptr<HealthChecker>> checkers;
  Scope judging;
};

namespace {

NameService::Servers servers_of(const Upstream& upstream) {
  return upstream.discover() ? NameService::Servers(upstream.discover()->server) : NameService::Servers();
}

void resolve(const EndpointSet& set, const std::string& host, const Addresses& addresses) {
  for (auto& m : set.members())
    if (m.endpoint->identity().address.host == host) m.endpoint->resolve(addresses);
}

void resolve(const EndpointSet& set, const HostNames& names) {
  for (auto& host : hosts_of(set))
    if (auto* addresses = names.addresses(host)) resolve(set, host, *addresses);
}

}  // namespace

Upkeep::Upkeep(net::Reactor& worker0, telemetry::Metrics& metrics, Everywhere everywhere,
               std::unique_ptr<NameService> names, Dialler dialler)
    : reactor_(worker0),
      metrics_(metrics),
      everywhere_(std::move(everywhere)),
      service_(std::move(names)),
      dialler_(std::move(dialler)) {}

Upkeep::~Upkeep() = default;

void Upkeep::follow(std::vector<std::shared_ptr<Upstream>> upstreams) {
  decltype(following_) next;
  for (auto& upstream : upstreams) {
    auto& following = next[upstream->name()];
    following = std::move(following_[upstream->name()]);
    if (!following) following = std::make_unique<Following>();
    following->upstream = upstream;
    upstream->judge(reactor_.now());
    bool judged = upstream->outlier_rules() || upstream->breaker_rules();
    if (judged && following->judging.empty()) following->judging.spawn(judge(*following));
    if (!judged) following->judging.cancel();
    adopt_names(*following);
    adopt_discovery(*following);
    adopt_checkers(*following);
  }
  following_.swap(next);
}

// Conduct of endpoints, and breakers.
Task<Unit> Upkeep::judge(Following& f) {
  for (;;) {
    Sleep sleep(reactor_.timers(), reactor_.now() + Upstream::judged_every);
    co_await sleep;
    f.upstream->judge(reactor_.now());
  }
}

// ---- names and discovery

void Upkeep::adopt_names(Following& f) {
  auto servers = servers_of(*f.upstream);
  if (!f.names || f.names->servers() != servers) {
    f.discoverer.reset();
    f.names = std::make_unique<HostNames>(
        reactor_, f.upstream->name(), *service_, std::move(servers),
        [&f](auto& host, auto& addresses) { resolve(*f.upstream->endpoints(), host, addresses); });
  }
  auto set = f.upstream->endpoints();
  f.names->follow(hosts_of(*set));
  resolve(*set, *f.names);
}

void Upkeep::adopt_discovery(Following& f) {
  if (!f.upstream->discovery()) return f.discoverer.reset();
  if (!f.discoverer)
    f.discoverer = std::make_unique<Discoverer>(reactor_, *service_, *f.names, [this, &f] { renewed(f); });
  f.discoverer->follow(f.upstream);
}

void Upkeep::take(const std::filesystem::path& file, const Finding& finding) {
  for (auto& [name, f] : following_)
    if (auto& d = f->upstream->discover(); d && d->file == file) f->discoverer->take(finding);
}

void Upkeep::renewed(Following& f) {
  auto set = f.upstream->endpoints();
  resolve(*set, *f.names);
  everywhere_([upstream = f.upstream, set](Worker& worker) { upstream->adopt(worker, set); });
  adopt_checkers(f);
}

// ---- checks

void Upkeep::adopt_checkers(Following& f) {
  auto settings = f.upstream->checks();
  auto set = f.upstream->endpoints();
  decltype(f.checkers) next;
  for (auto& m : set->members()) {
    auto& e = m.endpoint;
    if (!settings) {
      if (!e->healthy()) e->set_health(true, "no longer checked");
      metrics_.healthy(e->id(), true);
      continue;
    }
    auto& checker = next[e];
    checker = std::move(f.checkers[e]);
    if (checker)
      checker->use(settings);
    else
      checker = std::make_unique<HealthChecker>(reactor_, metrics_, e, settings, dialler_);
  }
  f.checkers.swap(next);
}

}  // namespace sluice::upstream
