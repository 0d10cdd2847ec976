// HealthChecker: asks one endpoint at intervals whether it is well, and tells the Endpoint, the log and the
// metric when that changes. Lives on worker 0.
//
//   HealthChecker checker(reactor, metrics, endpoint, upstream);     // the first check is made at once
//   checker.use(newer_upstream);                                     // a reload: what was learnt is kept
//   // destroyed: stopped
#pragma once
#include <memory>

#include "config/config.hpp"
#include "net/reactor.hpp"
#include "telemetry/metrics.hpp"
#include "upstream/dial.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/health_state.hpp"
#include "upstream/pool.hpp"
#include "upstream/random.hpp"

namespace sluice::upstream {

// How an endpoint is checked, by its upstream's settings.
struct CheckSettings {
  config::Health health;
  http::HeadLimits limits;
  std::shared_ptr<const net::TlsClientContext> tls;
  std::string server_name;
  std::string host;  // of the check's request; empty: the endpoint's authority
};

class HealthChecker {
 public:
  HealthChecker(net::Reactor& reactor, telemetry::Metrics& metrics, std::shared_ptr<Endpoint> endpoint,
                std::shared_ptr<const CheckSettings> settings, Dialler dialler);
  HealthChecker(const HealthChecker&) = delete;

  // From the next check on.
  void use(std::shared_ptr<const CheckSettings> settings) noexcept { settings_ = std::move(settings); }

 private:
  Task<Unit> run();
  void conclude(const std::string& fault);

  net::Reactor& reactor_;
  telemetry::Metrics& metrics_;
  std::shared_ptr<Endpoint> endpoint_;
  std::shared_ptr<const CheckSettings> settings_;
  Dialler dialler_;
  HealthState state_;
  Random random_;
  Scope running_;
};

// One check; empty: passed, else what was wrong, in words.
Task<std::string> check(net::Reactor& reactor, const Endpoint& endpoint,
                        std::shared_ptr<const CheckSettings> settings, const Dialler& dialler);

}  // namespace sluice::upstream
