// What cors costs: a request without an origin, one with leave from an exact list or a pattern, a preflight.
#include "filters/cors/cors.hpp"

#include <benchmark/benchmark.h>

#include "filter_bench.hpp"

namespace sluice::filters::cors {
namespace {

Settings app() {
  Settings s;
  s.origins = {"https://app.example.com", "https://*.example.org", "http://localhost:3000"};
  s.methods = {"GET", "PUT"};
  s.headers = {"Authorization"};
  s.expose = {"X-Total"};
  s.credentials = true;
  return s;
}

void cors(benchmark::State& state, const char* origin) {
  auto settings = app();
  bench::FilterBench filter(cors_filter(), &settings);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    if (origin) asking.x.request.fields.add(FieldId::origin, "Origin", origin);
    benchmark::DoNotOptimize(asking.pass());
    asking.answer();
  }
}
BENCHMARK_CAPTURE(cors, no_origin, nullptr);
BENCHMARK_CAPTURE(cors, exact, "https://app.example.com");
BENCHMARK_CAPTURE(cors, pattern, "https://a.b.example.org");

void cors_preflight(benchmark::State& state) {
  auto settings = app();
  bench::FilterBench filter(cors_filter(), &settings);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    asking.x.request.method = Method::options;
    asking.x.request.fields.add(FieldId::origin, "Origin", "https://app.example.com");
    asking.x.request.fields.add(FieldId::access_control_request_method, "Access-Control-Request-Method",
                                "PUT");
    benchmark::DoNotOptimize(asking.pass());
  }
}
BENCHMARK(cors_preflight);

// The exchange and the answer's eight fields by themselves, to be taken off the figures.
void bare(benchmark::State& state) {
  auto settings = app();
  bench::FilterBench filter(cors_filter(), &settings);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    asking.answer();
  }
}
BENCHMARK(bare)->Name("no_filter");

}  // namespace
}  // namespace sluice::filters::cors
