// What one request pays for being counted and logged, and what a scrape costs.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "telemetry/access_format.hpp"
#include "telemetry/log_pages.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/request_id.hpp"

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

AccessRecord record() {
  AccessRecord r;
  r.time = WallPoint{1'700'000'000s + 123'456us};
  r.request_id = "018bcfe5-687b-7001-8000-002800003f02";
  r.client = "203.0.113.9";
  r.listener = "public";
  r.protocol = "HTTP/1.1";
  r.tls = "TLSv1.3";
  r.method = "GET";
  r.scheme = "https";
  r.host = "api.example.com";
  r.path = "/v1/users/42/orders";
  r.status = 200;
  r.source = Source::upstream;
  r.route = "get-user";
  r.upstream = "users";
  r.endpoint = "http://10.0.0.11:8080";
  r.attempts = 1;
  r.sent = 5120;
  r.duration = 4321us;
  r.phases = {.head = 12us, .filters = 30us, .first_byte = 3ms, .upstream = 3500us};
  r.principal = "ann";
  r.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0";
  return r;
}

void count_request(benchmark::State& state) {
  Metrics metrics(1);
  auto& worker = metrics.worker(0);
  RequestCount count{.listener = metrics.listener("public"),
                     .route = metrics.route("get-user"),
                     .method = Method::get,
                     .status = 200,
                     .source = Source::upstream,
                     .duration = 3ms,
                     .gateway = 20us};
  for (auto _ : state) {
    benchmark::DoNotOptimize(count);
    worker.request(count);
  }
}
BENCHMARK(count_request);

void count_attempt(benchmark::State& state) {
  Metrics metrics(1);
  auto& worker = metrics.worker(0);
  auto upstream = metrics.upstream("users");
  auto endpoint = metrics.endpoint(upstream, "http://10.0.0.11:8080");
  for (auto _ : state) worker.attempt(upstream, endpoint, 200, 3ms);
}
BENCHMARK(count_attempt);

void format_line(benchmark::State& state, AccessFormat format) {
  AccessFormatter formatter(format, false);
  auto r = record();
  std::array<char, 8192> out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(r);
    benchmark::DoNotOptimize(formatter.write(r, out.data()));
  }
}
BENCHMARK_CAPTURE(format_line, json, AccessFormat::json);
BENCHMARK_CAPTURE(format_line, text, AccessFormat::text);

// With its way through the pages; the writer's part, without the write, once a page.
void log_line(benchmark::State& state) {
  AccessFormatter formatter(AccessFormat::json, false);
  LogPages pages(4);
  auto r = record();
  for (auto _ : state) {
    benchmark::DoNotOptimize(r);
    pages.commit(formatter.write(r, pages.reserve(formatter.bound(r))));
    if (pages.take_turned()) pages.drain([](std::string_view) { return true; });
  }
}
BENCHMARK(log_line);

void make_request_id(benchmark::State& state) {
  RequestIds ids;
  std::array<char, RequestIds::size> out;
  auto now = wall_now();
  for (auto _ : state) {
    ids.write(now, out.data());
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(make_request_id);

void scrape(benchmark::State& state) {
  constexpr std::size_t workers = 4;
  Metrics metrics(workers);
  auto listener = metrics.listener("public");
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    auto route = metrics.route("route-" + std::to_string(i));
    for (std::size_t w = 0; w < workers; ++w)
      for (std::uint16_t status : {200, 304, 404, 500})
        metrics.worker(w).request({listener, route, Method::get, status, Source::upstream, 1ms, 10us});
  }
  std::size_t bytes = 0;
  for (auto _ : state) bytes = metrics.text().size();
  state.counters["page"] = static_cast<double>(bytes);
}
BENCHMARK(scrape)->Arg(10)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::telemetry
