// Endpoints for tests: in a registry of their own, by number.
#pragma once
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/metrics.hpp"
#include "upstream/endpoint_set.hpp"
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

struct Endpoints {
  telemetry::Metrics metrics{4};
  std::vector<std::shared_ptr<Endpoint>> retired;
  Registry registry{metrics, 4, [this](std::shared_ptr<Endpoint> e) { retired.push_back(std::move(e)); }};

  std::shared_ptr<Endpoint> at(unsigned number) {
    return registry.endpoint(identity("10.0.0." + std::to_string(number)));
  }
  // 10.0.0.1, 10.0.0.2 ... with these weights.
  std::shared_ptr<const EndpointSet> set(std::initializer_list<std::uint32_t> weights) {
    std::vector<EndpointSet::Member> members;
    for (auto w : weights) members.push_back({at(static_cast<unsigned>(members.size()) + 1), w});
    return std::make_shared<const EndpointSet>(std::move(members));
  }
};

}  // namespace sluice::upstream::testing
