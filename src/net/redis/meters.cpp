#include "net/redis/meters.hpp"

#include <algorithm>

namespace sluice::net {

RedisMeters::RedisMeters(Meter& meter)
    : latency_(meter.histogram(
          {"sluice_redis_reply_seconds", "From a command to its reply, late ones included", {}})),
      connections_(meter.gauge({"sluice_redis_connections", "Connections that are ready to be asked", {}})) {
  for (auto cause : causes)
    failures_.push_back(meter.counter({"sluice_redis_failures_total",
                                       "Commands that Redis did not serve, by cause",
                                       {{"cause", std::string(cause)}}}));
}

void RedisMeters::failed(std::size_t worker, std::string_view cause) const noexcept {
  auto found = std::ranges::find(causes.begin(), causes.end() - 1, cause);
  failures_[static_cast<std::size_t>(found - causes.begin())].add(worker);
}

}  // namespace sluice::net
