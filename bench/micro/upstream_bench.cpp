// What the first step of a walk costs with one, ten and a hundred endpoints, for each policy.
#include <benchmark/benchmark.h>

#include "telemetry/metrics.hpp"
#include "upstream/balancer.hpp"
#include "upstream/registry.hpp"

namespace sluice::upstream {
namespace {

// Endpoints with some load and some past, as in service.
struct Pooled {
  telemetry::Metrics metrics{1};
  Registry registry{metrics, 1, [](std::shared_ptr<Endpoint>) {}};
  EndpointSet::Ptr set;
  TimePoint now = Clock::now();

  explicit Pooled(std::int64_t count) {
    std::vector<EndpointSet::Member> members;
    for (std::int64_t i = 0; i < count; ++i) {
      EndpointIdentity identity;
      identity.upstream = "users";
      identity.address.host = "10.0.0." + std::to_string(i);
      auto endpoint = registry.endpoint(identity);
      endpoint->local(0).in_flight.add(static_cast<std::uint64_t>(i % 3));
      endpoint->local(0).latency.observe(std::chrono::milliseconds(5 + i), now, true);
      members.push_back({std::move(endpoint), 1, 0, {}, {}});
    }
    EndpointSet::Order order;
    order.hashed = true;
    set = EndpointSet::arrange(std::move(members), order);
  }
};

void walk(benchmark::State& state, config::Balance policy) {
  Pooled pool(state.range(0));
  BalanceRules rules;
  rules.policy = policy;
  rules.max_load = 1.25;
  auto balancer = make_balancer(rules, pool.set, 0, 42);
  Random keys(1);
  Asked asked(pool.now);
  for (auto _ : state) {
    asked.now += std::chrono::microseconds(100);
    asked.key = keys();
    auto way = balancer->walk(asked);
    benchmark::DoNotOptimize(way.next());
  }
}
BENCHMARK_CAPTURE(walk, round_robin, config::Balance::round_robin)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(walk, least_request, config::Balance::least_request)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(walk, peak_ewma, config::Balance::peak_ewma)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(walk, random, config::Balance::random)->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(walk, consistent_hash, config::Balance::consistent_hash)->Arg(1)->Arg(10)->Arg(100);

}  // namespace
}  // namespace sluice::upstream
