// A request that comes in and ends, by route and by client, on one thread and on four.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "filters/concurrency/gates.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::filters::concurrency {
namespace {

struct Hall {
  telemetry::Metrics metrics{8};
  std::shared_ptr<Gates> gates = std::make_shared<Gates>(8, metrics.gauge({"limit", "", {}}));

  explicit Hall(bool adaptive) {
    Settings settings;
    settings.max = 1000;
    settings.adaptive = adaptive;
    gates->follow(1, settings);
  }
};

std::unique_ptr<Hall> hall;

void prepare(const benchmark::State& state) {
  hall = std::make_unique<Hall>(state.range(0) == 2);
}
void clear(const benchmark::State&) {
  hall.reset();
}

// 0: one route; 1: another client each time; 2: one route with an adaptive limit.
void in_and_out(benchmark::State& state) {
  auto now = TimePoint(std::chrono::hours(1));
  std::uint64_t n = static_cast<std::uint64_t>(state.thread_index()) << 32;
  for (auto _ : state) {
    auto client = "client-" + std::to_string(state.range(0) == 1 ? ++n : 0);
    auto key = hall->gates->key("client.ip", client);
    if (hall->gates->try_enter(key) != Gates::How::in) continue;
    now += std::chrono::microseconds(10);
    hall->gates->leave(key, now, Gates::Sample{std::chrono::milliseconds(5), false});
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(in_and_out)->Name("concurrency_in_and_out")->DenseRange(0, 2)->Setup(prepare)->Teardown(clear);
BENCHMARK(in_and_out)
    ->Name("concurrency_in_and_out")
    ->DenseRange(0, 2)
    ->Setup(prepare)
    ->Teardown(clear)
    ->Threads(4)
    ->UseRealTime();

}  // namespace
}  // namespace sluice::filters::concurrency
