// What keeps failures small: the settings of outlier detection and of breakers. The initialisers are the
// defaults; what they mean stands in the schema (docs/configuration.md).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "config/values.hpp"
#include "sluice/config.hpp"

namespace sluice::config {

using namespace std::chrono_literals;

struct Outlier {
  OrOff<std::uint32_t> consecutive_5xx = 5;
  OrOff<Percent> success_rate = Percent{0.85};  // of the pool's mean
  std::uint32_t min_requests = 100;
  Duration eject = 30s;
  Duration max_eject = 5min;
  Percent max_ejected = Percent{0.1};
  Percent panic = Percent{0};
  static const Schema& schema();
};

struct Breaker {
  OrOff<std::uint32_t> in_flight = 1024;
  OrOff<std::uint32_t> pending = 1024;
  OrOff<Percent> error_rate = Percent{0.5};
  std::uint32_t min_requests = 20;
  Duration window = 10s;
  Duration open = 5s;
  std::uint32_t probes = 3;
  static const Schema& schema();
};

// When the whole process has more to do than it can.
struct Overload {
  OrOff<Duration> loop_lag = 100ms;
  OrOff<std::uint32_t> in_flight = 20000;
  static const Schema& schema();
};

enum class Importance : std::uint8_t { critical, normal, low };
constexpr auto names_of(Importance) {
  using namespace std::string_view_literals;
  return std::array{"critical"sv, "normal"sv, "low"sv};
}
enum class Relief : std::uint8_t { skip_optional, serve_stale };
constexpr auto names_of(Relief) {
  using namespace std::string_view_literals;
  return std::array{"skip_optional"sv, "serve_stale"sv};
}

}  // namespace sluice::config
