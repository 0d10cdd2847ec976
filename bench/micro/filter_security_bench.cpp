// What the fields of `security: strict` cost on an answer that has some of its own.
#include "filters/security/security.hpp"

#include <benchmark/benchmark.h>

#include "filter_bench.hpp"

namespace sluice::filters::security {
namespace {

void security(benchmark::State& state) {
  Settings settings;
  settings.preset = Preset::strict;
  bench::FilterBench filter(security_filter(), &settings);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    benchmark::DoNotOptimize(asking.pass());
    asking.answer();
  }
}
BENCHMARK(security)->Name("security_strict");

}  // namespace
}  // namespace sluice::filters::security
