// What each policy does to those who wait when one of five servers is slow: a table, for docs/balancing.md.
//
//   cmake --build --preset release --target bench_balance && build/release/bench/tools/bench_balance
//
// A simulation: no socket, no clock, the same figures on every machine (tests/upstream/simulation.hpp).
#include <cstdio>

#include "upstream/fixtures.hpp"
#include "upstream/simulation.hpp"

namespace sluice::upstream::testing {
namespace {

using namespace std::chrono_literals;

struct Case {
  const char* title;
  double arrivals;
  Duration slow;
};

Report simulate(config::Balance policy, const Case& c) {
  Endpoints endpoints;
  auto settings = rules(policy);
  settings.max_load = 1.25;
  Load load;
  load.arrivals = c.arrivals;
  load.requests = 200'000;
  Simulation simulation(endpoints.set({1, 1, 1, 1, 1}), settings, load);
  simulation.servers[0].mean = c.slow;
  Random keys(7);
  simulation.ask = [&](Asked asked) {
    asked.key = keys();
    return asked;
  };
  return simulation.run();
}

void print(const Case& c) {
  std::printf("\n%s\n\n| policy | p50 | p99 | to the slow one |\n|---|---|---|---|\n", c.title);
  constexpr auto names = config::names_of(config::Balance{});
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto report = simulate(static_cast<config::Balance>(i), c);
    std::printf("| `%s` | %.1f ms | %.1f ms | %.1f %% |\n", names[i].data(), report.quantile(0.5),
                report.quantile(0.99), 100 * report.share(0));
  }
}

}  // namespace
}  // namespace sluice::upstream::testing

int main() {
  using namespace std::chrono_literals;
  using sluice::upstream::testing::print;
  print({"All five answer in 2 ms on average, 5,000 requests a second:", 5000, 2ms});
  print({"One answers in 50 ms, 1,000 requests a second:", 1000, 50ms});
  print({"One answers in 50 ms, 5,000 requests a second:", 5000, 50ms});
}
