// What is counted of Redis, by all workers.
#pragma once
#include <array>
#include <string_view>

#include "sluice/metrics.hpp"

namespace sluice::net {

class RedisMeters {
 public:
  explicit RedisMeters(Meter& meter);

  // A reply, however late.
  void replied(std::size_t worker, Duration took) const noexcept { latency_.observe(worker, took); }
  // `cause`: a literal of an error's.
  void failed(std::size_t worker, std::string_view cause) const noexcept;
  void connected(std::size_t worker, bool is) const noexcept { connections_.add(worker, is ? 1 : -1); }

 private:
  static constexpr std::array<std::string_view, 9> causes = {
      "redis_timeout",  "redis_closed", "redis_down",  "redis_busy", "redis_loading",
      "redis_readonly", "redis_denied", "redis_error", "other"};

  Histogram latency_;
  Gauge connections_;
  std::vector<Counter> failures_;
};

}  // namespace sluice::net
