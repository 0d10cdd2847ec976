// What a stored answer costs: making the key, finding it, its head and its reader; with few and with many
// others stored, for everybody, for one variant, for one caller.
#include "filters/cache/cache.hpp"

#include <benchmark/benchmark.h>

#include "filter_bench.hpp"
#include "filters/cache/key.hpp"

namespace sluice::filters::cache {
namespace {

struct Stored {
  Settings settings;
  bench::FilterBench filter;
  std::string subject, encoding;

  Stored(std::string_view caller, std::string_view vary)
      : filter(cache_filter(), &settings), subject(caller), vary_(vary) {}

  // A request for one of them, as a client sends it.
  void ask(bench::FilterBench::Asking& asking, std::string_view path) const {
    auto& x = asking.x;
    x.request.method_text = "GET";
    x.request.authority = x.request.host = "api.example.com";
    x.request.path = path;
    x.request.fields.add(FieldId::accept_encoding, "Accept-Encoding", "gzip, br");
    if (subject.empty()) return;
    x.principal.subject = subject;
    x.principal.method = "jwt";
  }
  void store(std::string_view path, std::size_t size) {
    bench::FilterBench::Asking asking(filter);
    ask(asking, path);
    if (asking.pass() != Verdict::proceed) std::abort();
    auto& r = asking.x.response;
    r.status = 200;
    r.fields.add("Content-Type", "application/json");
    r.fields.add("Cache-Control", "max-age=3600");
    r.fields.add("ETag", "\"33a64df551425fcc\"");
    if (!vary_.empty()) r.fields.add("Vary", vary_);
    r.length = size;
    r.body = std::make_unique<MemoryBody>(std::string(size, 'x'));
    if (!asking.x.run_hooks().ready()) std::abort();
    RunQueue::current().run();
    asking.x.end({200, 0, true, {}, {}});
  }
  void hit(std::string_view path) {
    bench::FilterBench::Asking asking(filter);
    ask(asking, path);
    if (asking.pass() != Verdict::reply) std::abort();
    auto chunk = asking.x.response.body->read(4096);
    benchmark::DoNotOptimize(chunk.value()->bytes.data());
    asking.x.end({200, 0, true, {}, {}});
  }

 private:
  std::string vary_;
};

void hit(benchmark::State& state, const char* subject, const char* vary) {
  Stored stored(subject, vary);
  auto others = state.range(0);
  for (std::int64_t i = 0; i < others; ++i) stored.store("/items/" + std::to_string(i), 16);
  stored.store("/users/42", 1024);
  for (auto _ : state) stored.hit("/users/42");
}
BENCHMARK_CAPTURE(hit, everybody, "", "")->Name("cache/hit")->Arg(1'000)->Arg(300'000);
BENCHMARK_CAPTURE(hit, variant, "", "Accept-Encoding")->Name("cache/hit_of_a_variant")->Arg(1'000);
BENCHMARK_CAPTURE(hit, caller, "ann", "")->Name("cache/hit_of_a_caller")->Arg(1'000);

void key(benchmark::State& state) {
  Stored stored("", "");
  KeyMaker maker("p", stored.settings);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(stored.filter);
    stored.ask(asking, "/users/42");
    benchmark::DoNotOptimize(maker.make(asking.x));
  }
}
BENCHMARK(key)->Name("cache/key");

}  // namespace
}  // namespace sluice::filters::cache
