// What compressing costs: nothing to encode, an answer of each size and level, a form that is there already,
// and what an encoder costs that is not recycled.
#include "filters/compress/compress.hpp"

#include <benchmark/benchmark.h>

#include "filter_bench.hpp"
#include "filters/compress/encoders.hpp"
#include "sluice/stored_forms.hpp"

namespace sluice::filters::compress {
namespace {

std::string json(std::size_t size) {
  constexpr const char* names[] = {"ann", "bob", "carol", "dave", "eve", "mallory", "trent", "peggy"};
  std::uint32_t random = 1;
  auto next = [&](std::uint32_t below) {
    return (random = random * 1'664'525u + 1'013'904'223u) / 65'536u % below;
  };
  std::string text = "[";
  while (text.size() < size)
    text += "{\"id\":" + std::to_string(next(60'000)) + ",\"name\":\"" + names[next(8)] + " " +
            names[next(8)] + "\",\"email\":\"" + names[next(8)] + std::to_string(next(1000)) +
            "@example.com\",\"score\":" + std::to_string(next(60'000)) + "},\n";
  text.resize(size);
  return text;
}

struct OneForm final : StoredForms {
  std::shared_ptr<const std::string> bytes = std::make_shared<const std::string>(json(1000));
  std::shared_ptr<const std::string> form(std::string_view) const override { return bytes; }
  void keep(std::string_view, std::shared_ptr<const std::string>) const override {}
};

void answer(benchmark::State& state, const char* type, const char* accepted, const StoredForms* forms) {
  Settings settings;
  bench::FilterBench filter(compress_filter(), &settings);
  auto text = json(4096);
  bool read = forms == nullptr;
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    asking.x.request.fields.add(FieldId::accept_encoding, "Accept-Encoding", accepted);
    asking.x.response.fields.add(FieldId::content_type, "Content-Type", type);
    asking.x.response.fields.add(FieldId::etag, "ETag", "\"0123456789abcdef\"");
    asking.x.response.length = text.size();
    asking.x.response.body = std::make_unique<MemoryBody>(read ? text : std::string());
    asking.x.response.forms = forms;
    benchmark::DoNotOptimize(asking.pass());
    asking.answer();
    for (bool end = !read; !end;) end = asking.x.response.body->read(65'536).value()->end;
  }
}
const OneForm one_form;
BENCHMARK_CAPTURE(answer, no_type, "image/png", "gzip, deflate, br, zstd", &one_form)
    ->Name("compress/other_type");
BENCHMARK_CAPTURE(answer, plain, "application/json", "identity", &one_form)->Name("compress/not_accepted");
BENCHMARK_CAPTURE(answer, form, "application/json", "gzip, deflate, br, zstd", &one_form)
    ->Name("compress/form");
BENCHMARK_CAPTURE(answer, gzip, "application/json", "gzip", nullptr)->Name("compress/4KiB/gzip");
BENCHMARK_CAPTURE(answer, br, "application/json", "br", nullptr)->Name("compress/4KiB/br");
BENCHMARK_CAPTURE(answer, zstd, "application/json", "zstd", nullptr)->Name("compress/4KiB/zstd");

std::size_t encode(Encoder& encoder, std::string_view text, int level, std::uint64_t length) {
  std::size_t made = 0;
  encoder.begin(level, length);
  for (bool done = false; !done;) {
    auto part = text.substr(0, 64 * 1024);
    auto then = part.size() == text.size() ? Encoder::Then::end : Encoder::Then::more;
    auto step = encoder.step(part, encoder.room(), then);
    text.remove_prefix(step.taken);
    made += step.made;
    done = step.done && then == Encoder::Then::end;
  }
  return made;
}

// The mean of a KiB, with the ratio and the memory that it took.
void level(benchmark::State& state, std::unique_ptr<Encoder> (*make)(), std::size_t size) {
  auto encoder = make();
  auto text = json(size);
  std::size_t made = 0;
  for (auto _ : state) made = encode(*encoder, text, static_cast<int>(state.range(0)), text.size());
  using benchmark::Counter;
  state.counters["per_KiB"] =
      Counter(static_cast<double>(size) / 1024, Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.counters["ratio"] = static_cast<double>(size) / static_cast<double>(made);
  state.counters["memory"] =
      Counter(static_cast<double>(encoder->memory()), Counter::kDefaults, Counter::kIs1024);
}
BENCHMARK_CAPTURE(level, gzip, make_gzip_encoder, 65'536)->Name("compress/64KiB/gzip")->DenseRange(1, 9);
BENCHMARK_CAPTURE(level, br, make_br_encoder, 65'536)->Name("compress/64KiB/br")->DenseRange(1, 9);
BENCHMARK_CAPTURE(level, zstd, make_zstd_encoder, 65'536)->Name("compress/64KiB/zstd")->DenseRange(1, 12);
BENCHMARK_CAPTURE(level, gzip, make_gzip_encoder, 1 << 20)->Name("compress/1MiB/gzip")->Arg(5)->Arg(9);
BENCHMARK_CAPTURE(level, br, make_br_encoder, 1 << 20)->Name("compress/1MiB/br")->Arg(4)->Arg(9);
BENCHMARK_CAPTURE(level, zstd, make_zstd_encoder, 1 << 20)->Name("compress/1MiB/zstd")->Arg(3)->Arg(11);

// An encoder made anew each time, next to one that is taken and given back.
void made(benchmark::State& state, std::unique_ptr<Encoder> (*make)(), int level) {
  auto text = json(2048);
  for (auto _ : state) benchmark::DoNotOptimize(encode(*make(), text, level, text.size()));
}
void recycled(benchmark::State& state, std::unique_ptr<Encoder> (*make)(), int level) {
  auto encoder = make();
  auto text = json(2048);
  for (auto _ : state) benchmark::DoNotOptimize(encode(*encoder, text, level, text.size()));
}
BENCHMARK_CAPTURE(made, gzip, make_gzip_encoder, 5)->Name("compress/2KiB/made/gzip");
BENCHMARK_CAPTURE(made, br, make_br_encoder, 4)->Name("compress/2KiB/made/br");
BENCHMARK_CAPTURE(made, zstd, make_zstd_encoder, 3)->Name("compress/2KiB/made/zstd");
BENCHMARK_CAPTURE(recycled, gzip, make_gzip_encoder, 5)->Name("compress/2KiB/recycled/gzip");
BENCHMARK_CAPTURE(recycled, br, make_br_encoder, 4)->Name("compress/2KiB/recycled/br");
BENCHMARK_CAPTURE(recycled, zstd, make_zstd_encoder, 3)->Name("compress/2KiB/recycled/zstd");

}  // namespace
}  // namespace sluice::filters::compress
