#include "upstream/find.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;

constexpr Duration soon = 1s;   // while nothing is known at all
constexpr Duration usual = 5s;  // where an answer does not say how long it is good, and after a failure
constexpr Duration longest = 5min;

config::EndpointUrl url_of(std::string host, std::uint16_t port) {
  config::EndpointUrl url;
  url.address.host = std::move(host);
  url.address.port = port;
  return url;
}

Task<Finding> find_addresses(const config::Discover& settings, NameService& names) {
  auto asking = names.addresses(*settings.dns, settings.server);
  auto answer = co_await asking;
  if (!answer) co_return Finding::failed(answer.error().cause);
  Finding found;
  found.ttl = answer->ttl;
  for (auto& address : answer->items)
    found.endpoints.emplace_back().url = url_of(address.to_string(), settings.port.value_or(0));
  co_return found;
}

Task<Finding> find_services(const config::Discover& settings, NameService& names) {
  auto asking = names.services(*settings.srv, settings.server);
  auto answer = co_await asking;
  if (!answer) co_return Finding::failed(answer.error().cause);
  Finding found;
  found.ttl = answer->ttl;
  found.endpoints = endpoints_of(answer->items);
  co_return found;
}

}  // namespace

Task<Finding> find(const config::Discover& settings, NameService& names) {
  return settings.dns ? find_addresses(settings, names) : find_services(settings, names);
}

EndpointList endpoints_of(const std::vector<Service>& services) {
  constexpr std::uint32_t hundred = 100;
  struct Weights {
    bool some = false, none = false;
  };
  std::map<std::uint16_t, Weights> tiers;
  for (auto& s : services) (s.weight > 0 ? tiers[s.priority].some : tiers[s.priority].none) = true;

  EndpointList all;
  for (auto& s : services) {
    auto& e = all.emplace_back();
    e.url = url_of(s.host, s.port);
    e.tier = s.priority;
    auto& tier = tiers[s.priority];
    if (s.weight > 0) e.weight = tier.none ? s.weight * hundred : s.weight;
  }
  // Servers rotate their answers; the order says nothing.
  std::ranges::sort(all, {}, [](auto& e) { return std::tuple(e.tier, e.url.to_string(), e.weight); });
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Duration pause_after(bool good, Duration ttl, std::optional<Duration> refresh, bool known) noexcept {
  if (!good) return std::min(refresh.value_or(usual), known ? usual : soon);
  if (ttl == Duration{}) return refresh.value_or(usual);
  auto while_good = std::clamp(ttl, soon, longest);
  return refresh ? std::min(*refresh, while_good) : while_good;
}

}  // namespace sluice::upstream
