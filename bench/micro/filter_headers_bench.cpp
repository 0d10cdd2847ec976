// What setting fields costs: literal ones, and ones made of variables, on both sides.
#include "filters/headers/headers.hpp"

#include <benchmark/benchmark.h>

#include "filter_bench.hpp"

namespace sluice::filters::headers {
namespace {

void run(benchmark::State& state, const char* text) {
  Settings settings;
  settings.request.remove = {"X-Debug"};
  settings.request.set["X-Route"] = FieldTemplate::parse(text).value();
  settings.response.set["X-Route"] = FieldTemplate::parse(text).value();
  bench::FilterBench filter(headers_filter(), &settings);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    asking.x.route_name = "users";
    asking.x.id = "01234567-89ab-cdef-0123-456789abcdef";
    benchmark::DoNotOptimize(asking.pass());
    asking.answer();
  }
}
BENCHMARK_CAPTURE(run, literal, "a text")->Name("headers/literal");
BENCHMARK_CAPTURE(run, variables, "{route};{request.id}")->Name("headers/variables");

}  // namespace
}  // namespace sluice::filters::headers
