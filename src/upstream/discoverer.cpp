#include "upstream/discoverer.hpp"

#include <algorithm>

#include "upstream/find.hpp"
#include "upstream/sleep.hpp"

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;

// How long a set waits for the slowest of its names; who has no address by then has to do without requests.
constexpr Duration patience = 2s;

bool is_name(const config::Address& address) {
  return !address.is_unix() && !IpAddress::parse(address.host);
}

bool same_way(const config::Discover& a, const config::Discover& b) {
  return a.server == b.server && a.refresh == b.refresh;
}

}  // namespace

HostNames::Hosts hosts_of(const EndpointSet& set) {
  HostNames::Hosts hosts;
  for (auto& m : set.members())
    if (m.endpoint->needs_resolving()) hosts.insert(m.endpoint->identity().address.host);
  return hosts;
}

Discoverer::Discoverer(net::Reactor& reactor, NameService& service, HostNames& names, Renewed renewed)
    : reactor_(reactor), service_(service), names_(names), renewed_(std::move(renewed)) {}

void Discoverer::follow(std::shared_ptr<Upstream> upstream) {
  auto before = std::exchange(upstream_, std::move(upstream));
  bool goes_on = before && before->discovery() == upstream_->discovery() &&
                 same_way(*before->discover(), *upstream_->discover());
  if (upstream_->discover()->file) {
    // Whoever built the upstream has read the file, and made its set of that.
    running_.cancel();
    upstream_->discovery()->take(upstream_->first_look());
  } else if (!goes_on) {
    running_.cancel();
    running_.spawn(look());
  }
}

void Discoverer::take(Finding finding) {
  running_.cancel();
  running_.spawn(accept(std::move(finding)));
}

Task<Unit> Discoverer::look() {
  for (;;) {
    auto upstream = upstream_;
    auto& settings = *upstream->discover();
    auto finding = find(settings, service_);
    auto found = co_await finding;
    bool good = found.fault.empty();
    auto ttl = found.ttl;
    auto accepting = accept(std::move(found));
    co_await accepting;
    auto pause = pause_after(good, ttl, settings.refresh, upstream->discovery()->status().usable);
    Sleep sleep(reactor_.timers(), reactor_.now() + pause);
    co_await sleep;
  }
}

Task<Unit> Discoverer::accept(Finding finding) {
  auto discovery = upstream_->discovery();
  if (!finding.endpoints.empty() && finding.endpoints != discovery->endpoints()) {
    auto hosts = hosts_of(*upstream_->endpoints());
    for (auto& e : finding.endpoints)
      if (is_name(e.url.address)) hosts.insert(e.url.address.host);
    names_.follow(hosts);
    Within<Unit> settled(reactor_.timers(), reactor_.now() + patience, names_.settle());
    (void)co_await settled;
    bool any = std::ranges::any_of(finding.endpoints, [this](auto& e) { return reachable(e); });
    if (!any) finding = Finding::failed("none of its names has an address");
  }
  if (discovery->take(std::move(finding))) {
    upstream_->renew();
    renewed_();
  }
  names_.follow(hosts_of(*upstream_->endpoints()));
  co_return Unit{};
}

bool Discoverer::reachable(const config::Endpoint& endpoint) const {
  return !is_name(endpoint.url.address) || names_.addresses(endpoint.url.address.host);
}

}  // namespace sluice::upstream
