// What an API key costs: one hash, and a search among ten keys or a hundred thousand.
#include "filters/api_key/api_key.hpp"

#include <openssl/evp.h>

#include "filter_bench.hpp"
#include "filters/api_key/settings.hpp"

namespace sluice::filters::api_key {
namespace {

std::string sha256(const std::string& text) {
  unsigned char digest[32];
  EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), digest, nullptr);
  std::string hex;
  for (auto b : digest) hex.append(1, "0123456789abcdef"[b >> 4]).append(1, "0123456789abcdef"[b & 15]);
  return hex;
}

Settings with_keys(std::int64_t count) {
  Settings settings;
  for (std::int64_t i = 0; i < count; ++i) {
    auto name = "user-" + std::to_string(i);
    settings.keys[name].sha256 = sha256("key-of-" + name);
  }
  return settings;
}

void api_key(benchmark::State& state) {
  auto settings = with_keys(state.range(0));
  bench::FilterBench filter(api_key_filter(), &settings);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    asking.x.request.fields.add(FieldId::other, "X-API-Key", "key-of-user-7");
    benchmark::DoNotOptimize(asking.pass());
  }
}
BENCHMARK(api_key)->ArgName("keys")->Arg(10)->Arg(100'000);

void api_key_in_the_query(benchmark::State& state) {
  auto settings = with_keys(10);
  settings.from = {Place{.header = {}, .query = "api_key", .cookie = {}}};
  bench::FilterBench filter(api_key_filter(), &settings);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    asking.x.request.query = "page=2&api_key=key-of-user-7&size=100";
    benchmark::DoNotOptimize(asking.pass());
  }
}
BENCHMARK(api_key_in_the_query);

}  // namespace
}  // namespace sluice::filters::api_key
