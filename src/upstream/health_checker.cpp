#include "upstream/health_checker.hpp"

#include "telemetry/log.hpp"
#include "upstream/check.hpp"
#include "upstream/sleep.hpp"

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;

// A tenth more or less, so that checks of many endpoints spread out by themselves.
Duration jittered(Duration interval, Random& random) noexcept {
  auto factor = 0.9 + 0.2 * random.share();
  return Duration(static_cast<Duration::rep>(static_cast<double>(interval.count()) * factor));
}

bool same_check(const CheckSettings& a, const CheckSettings& b) noexcept {
  auto& x = a.health;
  auto& y = b.health;
  return x.type == y.type && x.path == y.path && x.port == y.port && x.interval == y.interval &&
         x.timeout == y.timeout && x.expect.low == y.expect.low && x.expect.high == y.expect.high &&
         a.host == b.host;
}

}  // namespace

HealthChecker::HealthChecker(net::Reactor& reactor, telemetry::Metrics& metrics,
                             std::shared_ptr<Endpoint> endpoint, Settings settings, Dialler dialler)
    : reactor_(reactor),
      metrics_(metrics),
      endpoint_(std::move(endpoint)),
      settings_(std::move(settings)),
      dialler_(std::move(dialler)),
      state_(endpoint_->healthy()),
      random_(std::hash<std::string>()(endpoint_->name())) {
  metrics_.healthy(endpoint_->id(), endpoint_->healthy());
  restart();
}

void HealthChecker::use(Settings settings) {
  bool same = same_check(*settings, *settings_);
  settings_ = std::move(settings);
  if (!same) restart();
}

void HealthChecker::restart() {
  running_.cancel();
  running_.spawn(run());
}

Task<Unit> HealthChecker::run() {
  constexpr auto until_resolved = 50ms;
  for (;;) {
    auto settings = settings_;
    auto pause = jittered(settings->health.interval, random_);
    if (endpoint_->resolved()) {
      auto began = reactor_.now().time_since_epoch().count();
      auto checking = check(reactor_, *endpoint_, settings, dialler_);
      auto fault = co_await checking;
      if (fault.empty()) endpoint_->conduct().passed_check.store(began, std::memory_order_relaxed);
      conclude(fault, settings->health);
    } else {
      pause = until_resolved;  // its name says nothing of its health
    }
    Sleep sleep(reactor_.timers(), reactor_.now() + pause);
    co_await sleep;
  }
}

void HealthChecker::conclude(const std::string& fault, const config::Health& health) {
  auto turned = state_.observe(fault.empty(), {health.rise, health.fall}, reactor_.now());
  if (!turned) return;
  auto& identity = endpoint_->identity();
  if (turned->healthy) {
    endpoint_->set_health(true, "check passed");
    log::info("endpoint.healthy", {{"upstream", identity.upstream},
                                   {"endpoint", endpoint_->name()},
                                   {"checks", turned->checks},
                                   {"after", turned->after}});
  } else {
    endpoint_->set_health(false, fault);
    log::warn("endpoint.unhealthy", {{"upstream", identity.upstream},
                                     {"endpoint", endpoint_->name()},
                                     {"reason", fault},
                                     {"checks", turned->checks}});
  }
  metrics_.healthy(endpoint_->id(), turned->healthy);
}

}  // namespace sluice::upstream
