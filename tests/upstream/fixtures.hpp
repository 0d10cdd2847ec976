// Endpoints for tests: in a registry of their own, by number.
#pragma once
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/metrics.hpp"
#include "upstream/balancer.hpp"
#include "upstream/registry.hpp"

namespace sluice::upstream::testing {

inline EndpointIdentity identity(const std::string& host, std::uint16_t port = 8080,
                                 const std::string& upstream = "users") {
  EndpointIdentity i;
  i.upstream = upstream;
  i.address.host = host;
  i.address.port = port;
  i.authority = host + ':' + std::to_string(port);
  return i;
}

inline BalanceRules rules(config::Balance policy) {
  BalanceRules r;
  r.policy = policy;
  return r;
}

struct Endpoints {
  telemetry::Metrics metrics{4};
  std::vector<std::shared_ptr<Endpoint>> retired;
  Registry registry{metrics, 4, [this](std::shared_ptr<Endpoint> e) { retired.push_back(std::move(e)); }};

  std::shared_ptr<Endpoint> at(unsigned number) {
    return registry.endpoint(identity("10.0.0." + std::to_string(number)));
  }
  // 10.0.0.1, 10.0.0.2 ... with these weights.
  std::vector<EndpointSet::Member> members(std::initializer_list<std::uint32_t> weights) {
    std::vector<EndpointSet::Member> all;
    for (auto w : weights) all.push_back({at(static_cast<unsigned>(all.size()) + 1), w, 0, {}, {}});
    return all;
  }
  std::vector<EndpointSet::Member> members(unsigned count) {
    std::vector<EndpointSet::Member> all;
    for (unsigned i = 1; i <= count; ++i) all.push_back({at(i), 1, 0, {}, {}});
    return all;
  }
  EndpointSet::Ptr set(std::initializer_list<std::uint32_t> weights) {
    return EndpointSet::arrange(members(weights), hashed());
  }
  static EndpointSet::Order hashed() {
    EndpointSet::Order order;
    order.hashed = true;
    return order;
  }
};

}  // namespace sluice::upstream::testing
