#include "upstream/host_names.hpp"

#include <algorithm>

#include "telemetry/log.hpp"
#include "upstream/find.hpp"
#include "upstream/sleep.hpp"

namespace sluice::upstream {

struct HostNames::Name {
  explicit Name(std::string h) : host(std::move(h)) {}

  const std::string host;
  LastGood<Addresses> known;
  bool asked = false;
  Scope running;
};

HostNames::HostNames(net::Reactor& reactor, std::string upstream, NameService& service,
                     NameService::Servers servers, Changed changed)
    : reactor_(reactor),
      upstream_(std::move(upstream)),
      service_(service),
      servers_(std::move(servers)),
      changed_(std::move(changed)) {}

HostNames::~HostNames() = default;

void HostNames::follow(const Hosts& hosts) {
  std::erase_if(names_, [&](auto& entry) { return !hosts.contains(entry.first); });
  for (auto& host : hosts) {
    auto& name = names_[host];
    if (name) continue;
    name = std::make_unique<Name>(host);
    name->running.spawn(look_up(*name));
  }
}

const Addresses* HostNames::addresses(const std::string& host) const {
  auto found = names_.find(host);
  return found != names_.end() && found->second->known.known() ? &found->second->known.value() : nullptr;
}

Task<Result<Unit>> HostNames::settle() {
  auto asked = [](auto& entry) { return entry.second->asked; };
  while (!std::ranges::all_of(names_, asked)) {
    Waiter<Unit> waiter;
    bell_ = waiter.resolver();
    (void)co_await waiter;
  }
  co_return Unit{};
}

Task<Unit> HostNames::look_up(Name& name) {
  for (;;) {
    auto asking = service_.addresses(name.host, servers_);
    auto answer = co_await asking;
    auto failures = name.known.failures();
    bool changed = false;
    if (answer)
      changed = name.known.take(answer->items);
    else
      name.known.fail(answer.error().cause);
    tell(name, failures);
    if (changed) changed_(name.host, name.known.value());
    if (!std::exchange(name.asked, true)) bell_(Unit{});
    auto ttl = answer ? answer->ttl : Duration{};
    auto pause = pause_after(bool(answer), ttl, std::nullopt, name.known.known());
    Sleep sleep(reactor_.timers(), reactor_.now() + pause);
    co_await sleep;
  }
}

// A row of failures is told at its begin and at its end.
void HostNames::tell(const Name& name, std::uint32_t failures_before) const {
  if (name.known.failures() == 1)
    log::warn("dns.failed", {{"upstream", upstream_},
                             {"host", name.host},
                             {"reason", name.known.fault()},
                             {"kept", name.known.value().size()}});
  if (failures_before > 0 && name.known.failures() == 0)
    log::info("dns.recovered", {{"upstream", upstream_}, {"host", name.host}, {"failures", failures_before}});
}

}  // namespace sluice::upstream
