#include "telemetry/series_table.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "telemetry/scratch.hpp"

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

MetricSeries series(std::string name, std::string result) {
  return {std::move(name), "Help.", {{"policy", "p"}, {"result", std::move(result)}}};
}

TEST(Meter, SumsACounterOverWorkersAndOthers) {
  Metrics metrics(2);
  auto hits = metrics.counter(series("sluice_x_total", "hit"));
  hits.add(0);
  hits.add(1, 10);
  hits.add_elsewhere(100);
  metrics.counter(series("sluice_x_total", "miss")).add(1);
  EXPECT_EQ(sample(metrics, R"(sluice_x_total{policy="p",result="hit"})"), 111);
  EXPECT_EQ(sample(metrics, R"(sluice_x_total{policy="p",result="miss"})"), 1);
}

TEST(Meter, KeepsCountsWhenASeriesIsAskedForAgain) {
  Metrics metrics(1);
  metrics.counter(series("sluice_x_total", "hit")).add(0);
  metrics.counter(series("sluice_x_total", "hit")).add(0);
  EXPECT_EQ(sample(metrics, R"(sluice_x_total{policy="p",result="hit"})"), 2);
}

TEST(Meter, LetsAGaugeFall) {
  Metrics metrics(2);
  auto level = metrics.gauge({"sluice_level", "Help.", {}});
  level.add(0, 5);
  level.add(1, -7);
  level.add_elsewhere(-1);
  EXPECT_EQ(samples(metrics.text()).at("sluice_level"), -3);
}

TEST(Meter, MeasuresDurations) {
  Metrics metrics(2);
  auto wait = metrics.histogram({"sluice_wait_seconds", "Help.", {{"policy", "p"}}});
  wait.observe(0, 100us);
  wait.observe(1, 1min);
  auto page = samples(metrics.text());
  EXPECT_EQ(page.at(R"(sluice_wait_seconds_bucket{policy="p",le="0.0001"})"), 1);
  EXPECT_EQ(page.at(R"(sluice_wait_seconds_bucket{policy="p",le="10"})"), 1);
  EXPECT_EQ(page.at(R"(sluice_wait_seconds_count{policy="p"})"), 2);
}

TEST(Meter, BoundsAFamily) {
  Metrics metrics(1);
  for (std::size_t i = 0; i < Meter::max_series + 10; ++i)
    metrics.counter(series("sluice_x_total", std::to_string(i))).add(0);
  auto page = samples(metrics.text());
  auto family =
      std::count_if(page.begin(), page.end(), [](auto& s) { return s.first.starts_with("sluice_x"); });
  EXPECT_EQ(family, static_cast<std::ptrdiff_t>(Meter::max_series) + 1);
  EXPECT_EQ(page.at(R"(sluice_x_total{policy="_other",result="_other"})"), 10);
}

TEST(Meter, RefusesWhatIsABug) {
  Metrics metrics(1);
  EXPECT_THROW(metrics.counter({"sluice x", "Help.", {}}), std::invalid_argument);
  EXPECT_THROW(metrics.counter({"sluice_y_total", "Help.", {{"a-b", "c"}}}), std::invalid_argument);
  metrics.counter(series("sluice_x_total", "hit"));
  EXPECT_THROW(metrics.gauge(series("sluice_x_total", "hit")), std::invalid_argument);
  EXPECT_THROW(metrics.counter({"sluice_x_total", "Help.", {{"policy", "p"}}}), std::invalid_argument);
}

}  // namespace
}  // namespace sluice::telemetry
