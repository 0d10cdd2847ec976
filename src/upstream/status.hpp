// What the admin endpoint tells of upstreams: plain values, taken at one time, from any thread.
//
//   for (auto& endpoint : status_of(upstream).endpoints) write(endpoint.name, endpoint.healthy, ...);
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/clock.hpp"
#include "upstream/upstream.hpp"

namespace sluice::upstream {

struct EndpointStatus {
  std::string name;
  std::string address;  // what it resolved to; empty: nothing yet
  std::uint32_t weight = 1;
  std::uint32_t tier = 0;
  std::string zone;        // empty: nobody's
  bool available = false;  // gets requests
  bool healthy = true;
  WallPoint since;     // of `healthy`
  std::string reason;  // of `healthy`; empty where no check has said anything
  std::uint32_t connections = 0;
  std::uint64_t in_flight = 0;
  std::optional<Outliers::Ejected> ejected;
};

struct UpstreamStatus {
  std::string name;
  std::string_view balance;               // as the configuration spells it
  std::optional<SourceStatus> discovery;  // none: its endpoints are listed
  std::optional<Breaker::Status> breaker;
  std::vector<EndpointStatus> endpoints;
};

UpstreamStatus status_of(const Upstream& upstream);

}  // namespace sluice::upstream
