#include "upstream/status.hpp"

namespace sluice::upstream {
namespace {

EndpointStatus status_of(const EndpointSet::Member& member) {
  auto& e = *member.endpoint;
  EndpointStatus status;
  status.name = e.name();
  if (auto address = e.address()) status.address = address->to_string();
  status.weight = member.weight;
  status.tier = member.tier;
  status.zone = member.zone;
  status.available = e.available();
  auto health = e.health();
  status.healthy = health.healthy;
  status.since = health.since;
  status.reason = std::move(health.reason);
  status.connections = e.connections();
  status.in_flight = e.in_flight();
  return status;
}

}  // namespace

UpstreamStatus status_of(const Upstream& upstream) {
  UpstreamStatus status;
  status.name = upstream.name();
  status.balance = config::names_of(config::Balance{})[static_cast<std::size_t>(upstream.balance())];
  if (auto& discovery = upstream.discovery()) status.discovery = discovery->status();
  auto set = upstream.endpoints();
  auto now = Clock::now();
  for (auto& member : set->members()) {
    auto& endpoint = status.endpoints.emplace_back(status_of(member));
    if (member.endpoint->ejected()) endpoint.ejected = upstream.outliers().look(*member.endpoint, now);
  }
  if (auto* rules = upstream.breaker_rules()) status.breaker = upstream.breaker().status(*rules, now);
  return status;
}

}  // namespace sluice::upstream
