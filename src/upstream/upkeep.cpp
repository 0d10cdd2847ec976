#include "upstream/upkeep.hpp"

#include <algorithm>

#include "telemetry/log.hpp"
#include "upstream/discovery.hpp"
#include "upstream/sleep.hpp"

namespace sluice::upstream {

using namespace std::chrono_literals;

struct Upkeep::Name {
  Name(Following& f, std::string h, Duration r) : of(f), host(std::move(h)), refresh(r) {}

  Following& of;
  const std::string host;
  const Duration refresh;
  Discovery discovery;
  Scope running;
};

struct Upkeep::Following {
  std::shared_ptr<Upstream> upstream;
  std::map<std::string, std::unique_ptr<Name>> names;
  std::map<std::shared_ptr<Endpoint>, std::unique_ptr<HealthChecker>> checkers;
  Scope judging;
};

namespace {

// The names that an upstream needs, and how often each is looked up.
std::map<std::string, Duration> names_of(const Upstream& upstream) {
  if (auto& d = upstream.discover()) return {{d->dns, d->refresh}};
  std::map<std::string, Duration> names;
  auto set = upstream.endpoints();
  for (auto& m : set->members())
    if (m.endpoint->needs_resolving())
      names[m.endpoint->identity().address.host] = config::Discover{}.refresh;
  return names;
}

}  // namespace

Upkeep::Upkeep(net::Reactor& worker0, telemetry::Metrics& metrics, Everywhere everywhere, Lookup lookup,
               Dialler dialler)
    : reactor_(worker0),
      metrics_(metrics),
      everywhere_(std::move(everywhere)),
      lookup_(std::move(lookup)),
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

// ---- names

void Upkeep::adopt_names(Following& f) {
  decltype(f.names) next;
  for (auto& [host, refresh] : names_of(*f.upstream)) {
    auto& name = next[host];
    name = std::move(f.names[host]);
    if (name && name->refresh == refresh) {
      if (!f.upstream->discover()) found(*name);
      continue;
    }
    name = std::make_unique<Name>(f, host, refresh);
    name->running.spawn(look_up(*name));
  }
  f.names.swap(next);
}

Task<Unit> Upkeep::look_up(Name& name) {
  constexpr Duration soon = 1s;  // while nothing is known at all
  for (;;) {
    auto failures = name.discovery.failures();
    auto looking = lookup_(name.host);
    auto answer = co_await looking;
    bool changed = name.discovery.take(answer);
    tell(name, failures);
    if (changed) found(name);
    bool known = !name.discovery.addresses().empty();
    Sleep sleep(reactor_.timers(), reactor_.now() + (known ? name.refresh : std::min(name.refresh, soon)));
    co_await sleep;
  }
}

// A row of failures is told at its begin and at its end.
void Upkeep::tell(const Name& name, std::uint32_t failures_before) const {
  auto& discovery = name.discovery;
  auto& upstream = name.of.upstream->name();
  if (discovery.failures() == 1)
    log::warn("dns.failed", {{"upstream", upstream},
                             {"host", name.host},
                             {"reason", discovery.cause()},
                             {"kept", discovery.addresses().size()}});
  if (failures_before > 0 && discovery.failures() == 0)
    log::info("dns.recovered", {{"upstream", upstream}, {"host", name.host}, {"failures", failures_before}});
}

void Upkeep::found(const Name& name) {
  auto& upstream = name.of.upstream;
  auto& addresses = name.discovery.addresses();
  if (!upstream->discover()) {
    auto set = upstream->endpoints();
    for (auto& m : set->members())
      if (m.endpoint->identity().address.host == name.host) m.endpoint->resolve(addresses);
    return;
  }
  log::info("upstream.endpoints", {{"upstream", upstream->name()}, {"count", addresses.size()}});
  upstream->discovered(addresses);
  everywhere_([upstream, set = upstream->endpoints()](Worker& worker) { upstream->adopt(worker, set); });
  adopt_checkers(name.of);
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
