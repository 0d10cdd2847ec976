// What a look at the client's address costs with ten blocks and with ten thousand, for both families.
#include "filters/ip/ip.hpp"

#include <benchmark/benchmark.h>

#include <random>

#include "filter_bench.hpp"

namespace sluice::filters::ip {
namespace {

Settings random_blocks(std::int64_t count, bool v6) {
  std::mt19937 random(1);
  Settings settings;
  for (std::int64_t i = 0; i < count; ++i) {
    auto text =
        v6 ? "2001:db8:" + std::to_string(i % 10000) + ":" + std::to_string(random() % 10000) + "::/64"
           : IpAddress::v4(static_cast<std::uint32_t>(random())).to_string() + "/24";
    settings.deny.push_back(Cidr::parse(text).value());
  }
  return settings;
}

// Enough of them that no branch predictor knows the way.
std::vector<IpAddress> random_clients(bool v6) {
  std::mt19937 random(2);
  std::vector<IpAddress> clients;
  for (int i = 0; i < 4096; ++i)
    clients.push_back(v6 ? IpAddress::parse("2001:db8:" + std::to_string(random() % 10000) + "::1").value()
                         : IpAddress::v4(static_cast<std::uint32_t>(random())));
  return clients;
}

void ip(benchmark::State& state) {
  bool v6 = state.range(1) != 0;
  auto settings = random_blocks(state.range(0), v6);
  bench::FilterBench filter(ip_filter(), &settings);
  bench::FilterBench::Asking asking(filter);
  auto clients = random_clients(v6);
  for (std::size_t i = 0; auto _ : state) {
    asking.x.client = clients[i++ % clients.size()];
    benchmark::DoNotOptimize(asking.pass());
  }
}
BENCHMARK(ip)->ArgNames({"blocks", "v6"})->Args({10, 0})->Args({10'000, 0})->Args({10, 1})->Args({10'000, 1});

}  // namespace
}  // namespace sluice::filters::ip
