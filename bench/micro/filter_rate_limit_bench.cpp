// A decision of the table in memory with one, a thousand and a million live keys, on one thread and on four;
// on one hot key and on keys of each thread's own; and what all of the filter costs.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "base/mailbox.hpp"
#include "base/timer_wheel.hpp"
#include "filters/rate_limit/memory_buckets.hpp"
#include "filters/rate_limit/rate_limit.hpp"
#include "filters/rate_limit/settings.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::filters::rate_limit {
namespace {

using namespace std::chrono_literals;

struct Table {
  telemetry::Metrics metrics{8};
  MemoryBuckets buckets{1'000'000,
                        {metrics.gauge({"buckets", "", {}}), metrics.counter({"evicted_total", "", {}})}};
  std::vector<std::string> keys;
  std::vector<RateLimit> limits{{Rate{1'000'000, 1h}, 1'000'000}};

  // Each key's bucket lacks tokens, so that all of them are kept.
  explicit Table(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back("principal=user-" + std::to_string(i * 2'654'435'761u % 4'294'967'291u));
      for (int n = 0; n < 3; ++n) take(keys.back(), TimePoint(1h), 0);
    }
  }
  Grant take(std::string_view key, TimePoint now, std::size_t worker) {
    return buckets.take_now({.policy = "per-user", .key = key, .limits = limits}, now, worker);
  }
};

std::unique_ptr<Table> table;

void prepare(const benchmark::State& state) {
  table = std::make_unique<Table>(static_cast<std::size_t>(state.range(0)));
}
void clear(const benchmark::State&) {
  table.reset();
}

void decisions(benchmark::State& state) {
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * 7919;
  auto now = TimePoint(1h);
  std::uint64_t allowed = 0;
  for (auto _ : state) {
    at = (at + 104'729) % table->keys.size();
    now += 1us;
    allowed += table->take(table->keys[at], now, static_cast<std::size_t>(state.thread_index())).allowed;
  }
  benchmark::DoNotOptimize(allowed);
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0)
    state.counters["bytes_a_key"] =
        static_cast<double>(table->buckets.bytes()) / static_cast<double>(table->keys.size());
}
BENCHMARK(decisions)
    ->Name("rate_limit_decisions")
    ->Arg(1)
    ->Arg(1000)
    ->Arg(1'000'000)
    ->Setup(prepare)
    ->Teardown(clear);
BENCHMARK(decisions)
    ->Name("rate_limit_decisions")
    ->Arg(1)
    ->Arg(1000)
    ->Arg(1'000'000)
    ->Setup(prepare)
    ->Teardown(clear)
    ->Threads(4)
    ->UseRealTime();

// The whole filter: key, decision, fields, hooks.
void whole_filter(benchmark::State& state) {
  TimerWheel timers{TimePoint(1h)};
  Mailbox mailbox;
  Scope background_tasks;
  Worker worker{0, timers, mailbox, background_tasks};
  telemetry::Metrics metrics{1};
  Keepsakes keepsakes;
  std::vector<std::shared_ptr<Background>> background;
  std::vector<std::string> errors;
  FilterContext context{"per-client", 1, metrics, keepsakes, background, errors};
  Settings settings;
  settings.rate = Rate{1'000'000'000, 1s};
  auto filter = rate_limit_filter().make(&settings, context);
  Arena arena;
  Peer peer;
  for (auto _ : state) {
    arena.reset();
    Exchange x(worker, arena, peer);
    x.client = *IpAddress::parse("192.0.2.1");
    x.client_text = "192.0.2.1";
    auto verdict = filter->on_request(x);
    auto hooks = x.run_hooks();
    benchmark::DoNotOptimize(verdict);
    benchmark::DoNotOptimize(hooks);
  }
}
BENCHMARK(whole_filter)->Name("rate_limit_filter");

}  // namespace
}  // namespace sluice::filters::rate_limit
