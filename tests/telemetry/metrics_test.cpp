#include "telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "telemetry/scratch.hpp"

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(Metrics, GiveANameOneId) {
  Metrics metrics(1);
  EXPECT_EQ(metrics.route("a"), metrics.route("a"));
  EXPECT_NE(metrics.route("a"), metrics.route("b"));
  EXPECT_NE(metrics.route("a"), RouteId::none);
  auto one = metrics.upstream("one");
  auto two = metrics.upstream("two");
  EXPECT_NE(metrics.endpoint(one, "http://e"), metrics.endpoint(two, "http://e"));
  EXPECT_EQ(metrics.endpoint(one, "http://e"), metrics.endpoint(one, "http://e"));
}

TEST(Metrics, FoldNamesIntoOtherWhenTheTableIsFull) {
  Metrics metrics(1);
  for (int i = 1; i < 65536; ++i) ASSERT_NE(metrics.route("r" + std::to_string(i)), RouteId::none);
  EXPECT_EQ(metrics.route("one too many"), RouteId::none);
  EXPECT_NE(metrics.route("r65535"), RouteId::none);
}

TEST(Metrics, CountARequest) {
  Metrics metrics(2);
  RequestCount count{.listener = metrics.listener("public"),
                     .route = metrics.route("get-user"),
                     .method = Method::get,
                     .status = 200,
                     .source = Source::upstream,
                     .duration = 3ms,
                     .gateway = 20us};
  metrics.worker(0).request(count);
  metrics.worker(1).request(count);
  auto page = samples(metrics.text());
  EXPECT_EQ(
      page.at(
          R"(sluice_requests_total{listener="public",route="get-user",method="GET",code="200",source="upstream"})"),
      2);
  EXPECT_EQ(page.at(R"(sluice_request_duration_seconds_count{listener="public",route="get-user"})"), 2);
  EXPECT_DOUBLE_EQ(page.at(R"(sluice_request_duration_seconds_sum{listener="public",route="get-user"})"),
                   0.006);
  EXPECT_EQ(
      page.at(R"(sluice_request_duration_seconds_bucket{listener="public",route="get-user",le="0.0025"})"),
      0);
  EXPECT_EQ(
      page.at(R"(sluice_request_duration_seconds_bucket{listener="public",route="get-user",le="0.005"})"), 2);
  EXPECT_EQ(
      page.at(R"(sluice_request_duration_seconds_bucket{listener="public",route="get-user",le="+Inf"})"), 2);
  EXPECT_EQ(page.at(R"(sluice_gateway_duration_seconds_count{route="get-user"})"), 2);
  EXPECT_DOUBLE_EQ(page.at(R"(sluice_gateway_duration_seconds_sum{route="get-user"})"), 0.00004);
}

TEST(Metrics, NameWhatHasNoName) {
  Metrics metrics(1);
  auto listener = metrics.listener("public");
  metrics.worker(0).request({.listener = listener, .method = Method::other, .status = 404});
  metrics.worker(0).request({.listener = listener, .route = metrics.route("_other"), .method = Method::get});
  metrics.worker(0).request({.listener = listener, .method = Method::get, .status = 777});
  auto page = samples(metrics.text());
  auto total = [&](std::string rest) {
    return page.at(R"(sluice_requests_total{listener="public",route="_other",)" + rest +
                   R"(,source="gateway"})");
  };
  EXPECT_EQ(total(R"(method="other",code="404")"), 1);
  EXPECT_EQ(total(R"(method="GET",code="none")"), 1);
  EXPECT_EQ(total(R"(method="GET",code="other")"), 1);
}

TEST(Metrics, KeepEveryCodeMethodAndSourceApart) {
  Metrics metrics(1);
  auto listener = metrics.listener("l");
  auto route = metrics.route("r");
  for (unsigned method = 0; method < WorkerMetrics::methods; ++method)
    for (auto source : {Source::gateway, Source::upstream})
      for (std::uint16_t status = 100; status < 600; ++status)
        for (int n = 0; n <= status % 3; ++n)
          metrics.worker(0).request({listener, route, static_cast<Method>(method), status, source, 1ms, 1us});
  auto page = samples(metrics.text());
  std::size_t found = 0;
  for (auto& [series, value] : page) {
    if (!series.starts_with("sluice_requests_total")) continue;
    auto code = std::stoi(series.substr(series.find("code=\"") + 6));
    EXPECT_EQ(value, 1 + code % 3) << series;
    ++found;
  }
  EXPECT_EQ(found, WorkerMetrics::methods * 2 * 500);
}

TEST(Metrics, CountAttempts) {
  Metrics metrics(2);
  auto upstream = metrics.upstream("users");
  auto endpoint = metrics.endpoint(upstream, "http://10.0.0.11:8080");
  metrics.worker(0).attempt(upstream, endpoint, 200, 2ms);
  metrics.worker(1).attempt(upstream, endpoint, 0, 1s);
  auto page = samples(metrics.text());
  std::string labels = R"({upstream="users",endpoint="http://10.0.0.11:8080",code=)";
  EXPECT_EQ(page.at("sluice_upstream_requests_total" + labels + R"("200"})"), 1);
  EXPECT_EQ(page.at("sluice_upstream_requests_total" + labels + R"("none"})"), 1);
  EXPECT_EQ(page.at(R"(sluice_upstream_duration_seconds_count{upstream="users"})"), 1);
}

TEST(Metrics, ShowHealthUntilAnEndpointIsForgotten) {
  Metrics metrics(1);
  auto upstream = metrics.upstream("users");
  auto endpoint = metrics.endpoint(upstream, "http://e");
  auto series = R"(sluice_endpoint_healthy{upstream="users",endpoint="http://e"})";
  EXPECT_EQ(sample(metrics, series), -1);
  metrics.healthy(endpoint, true);
  EXPECT_EQ(sample(metrics, series), 1);
  metrics.healthy(endpoint, false);
  EXPECT_EQ(sample(metrics, series), 0);
  metrics.worker(0).attempt(upstream, endpoint, 200, 1ms);
  metrics.forget(endpoint);
  EXPECT_EQ(metrics.text().find("http://e"), std::string::npos);
  EXPECT_EQ(metrics.endpoint(upstream, "http://e"), endpoint);
  EXPECT_EQ(sample(metrics, series), -1) << "nobody has said yet";
  EXPECT_EQ(
      sample(metrics, R"(sluice_upstream_requests_total{upstream="users",endpoint="http://e",code="200"})"),
      1);
}

TEST(Metrics, CountConnectionsUpAndDown) {
  Metrics metrics(2);
  auto listener = metrics.listener("public");
  EXPECT_EQ(sample(metrics, R"(sluice_connections{listener="public"})"), 0);
  for (int i = 0; i < 3; ++i) metrics.worker(0).connection_opened(listener);
  metrics.worker(1).connection_opened(listener);
  metrics.worker(1).connection_closed(listener);
  metrics.worker(0).connection_closed(listener);
  EXPECT_EQ(sample(metrics, R"(sluice_connections{listener="public"})"), 2);
  metrics.worker(1).accept_error(listener);
  metrics.worker(0).handshake_failure(listener);
  EXPECT_EQ(sample(metrics, R"(sluice_accept_errors_total{listener="public"})"), 1);
  EXPECT_EQ(sample(metrics, R"(sluice_tls_handshake_failures_total{listener="public"})"), 1);
}

TEST(Metrics, CountReloads) {
  Metrics metrics(1);
  EXPECT_EQ(sample(metrics, R"(sluice_config_reloads_total{result="failure"})"), 0);
  metrics.reloaded(true);
  metrics.reloaded(true);
  metrics.reloaded(false);
  EXPECT_EQ(sample(metrics, R"(sluice_config_reloads_total{result="success"})"), 2);
  EXPECT_EQ(sample(metrics, R"(sluice_config_reloads_total{result="failure"})"), 1);
}

TEST(Metrics, CountDownToACertificatesEnd) {
  Metrics metrics(1);
  CertificateExpiry good{"public", "CN=api.example.com", "01AB", wall_now() + 24h};
  CertificateExpiry over{"public", "CN=old \"x\"\n", "02", wall_now() - 1h};
  metrics.certificates({good, over, good});
  std::string prefix = R"(sluice_tls_certificate_expiry_seconds{listener="public",subject=)";
  EXPECT_NEAR(sample(metrics, prefix + R"("CN=api.example.com",serial="01AB"})"), 86400, 60);
  EXPECT_NEAR(sample(metrics, prefix + R"("CN=old \"x\"\n",serial="02"})"), -3600, 60);
  metrics.certificates({});
  EXPECT_EQ(metrics.text().find("subject="), std::string::npos);
}

TEST(Metrics, TellTheWeightsThatStandAtEachScrape) {
  Metrics metrics(1);
  std::uint32_t weight = 5;
  metrics.weights([&weight] { return std::vector<SplitWeight>{{"orders", "orders-next", weight}}; });
  auto series = R"(sluice_split_weight{route="orders",upstream="orders-next"})";
  EXPECT_EQ(sample(metrics, series), 5);
  weight = 50;
  EXPECT_EQ(sample(metrics, series), 50);
  metrics.weights(nullptr);
  EXPECT_EQ(metrics.text().find("orders-next"), std::string::npos);
}

TEST(Metrics, TellTheProcess) {
  Metrics metrics(1);
  auto now = std::chrono::duration<double>(wall_now().time_since_epoch()).count();
  EXPECT_NEAR(sample(metrics, "process_start_time_seconds"), now, 60);
  EXPECT_GE(sample(metrics, "process_open_fds"), 3);
  EXPECT_GT(sample(metrics, "process_max_fds"), 3);
  EXPECT_GT(sample(metrics, "process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(sample(metrics, "process_cpu_seconds_total"), 0);
}

// Four workers count while names are added and pages are read; in the end everything is there, and no page
// ever went back or disagreed with itself.
TEST(Metrics, AreReadWhileTheyAreWritten) {
  constexpr std::size_t workers = 4;
  constexpr int rounds = 20'000;
  Metrics metrics(workers);
  auto listener = metrics.listener("public");
  auto upstream = metrics.upstream("users");
  std::vector<RouteId> routes;
  for (int i = 0; i < 40; ++i) routes.push_back(metrics.route("r" + std::to_string(i)));
  auto endpoint = metrics.endpoint(upstream, "http://e");
  std::atomic<std::size_t> running{workers};
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      auto& mine = metrics.worker(w);
      for (int i = 0; i < rounds; ++i) {
        auto method = i % 7 == 0 ? Method::post : Method::get;
        auto status = static_cast<std::uint16_t>(200 + i % 11);
        mine.request({listener, routes[static_cast<std::size_t>(i) % routes.size()], method, status,
                      Source::upstream, i * 1us, 10us});
        mine.attempt(upstream, endpoint, status, 1ms);
        if (i % 100 == 0) metrics.route("late-" + std::to_string(i));
      }
      --running;
    });
  double last = 0;
  auto check = [&] {
    auto page = samples(metrics.text());
    double total = 0;
    for (auto& [series, value] : page)
      if (series.starts_with("sluice_requests_total")) total += value;
    EXPECT_GE(total, last);
    last = total;
    auto histogram = [&](const char* part) {
      auto found = page.find(std::string("sluice_upstream_duration_seconds_") + part);
      return found == page.end() ? 0 : found->second;
    };
    EXPECT_EQ(histogram(R"(count{upstream="users"})"), histogram(R"(bucket{upstream="users",le="+Inf"})"));
  };
  while (running != 0) check();
  for (auto& thread : threads) thread.join();
  check();
  EXPECT_EQ(last, workers * rounds);
  EXPECT_EQ(sample(metrics, R"(sluice_upstream_duration_seconds_count{upstream="users"})"), workers * rounds);
}

TEST(Metrics, ShowAThousandRoutes) {
  Metrics metrics(4);
  auto listener = metrics.listener("public");
  for (int i = 0; i < 1000; ++i) {
    auto route = metrics.route("route-" + std::to_string(i));
    for (std::size_t w = 0; w < 4; ++w)
      for (std::uint16_t status : {200, 201, 304, 404, 500})
        metrics.worker(w).request({listener, route, Method::get, status, Source::upstream, 1ms, 10us});
  }
  auto page = samples(metrics.text());
  std::size_t found = 0;
  for (auto& [series, value] : page)
    if (series.starts_with("sluice_requests_total")) {
      EXPECT_EQ(value, 4);
      ++found;
    }
  EXPECT_EQ(found, 5000u);
}

}  // namespace
}  // namespace sluice::telemetry
