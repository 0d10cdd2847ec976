// HealthChecker: asks one endpoint at intervals whether it is well, and tells the Endpoint, the log and the
// metric when that changes. Lives on worker 0.
//
//   HealthChecker checker(worker0, metrics, endpoint, settings, dial);    // the first check is made at once
//   checker.use(newer_settings);                                          // a reload: what was learnt is
//   kept
//   // destroyed: stopped, and the endpoint stays what it is
#pragma once
#include <memory>
#include <string>

#include "config/config.hpp"
#include "http/head.hpp"
#include "net/reactor.hpp"
#include "telemetry/metrics.hpp"
#include "upstream/dial.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/health_state.hpp"
#include "upstream/random.hpp"

namespace sluice::upstream {

// How the endpoints of an upstream are checked.
struct CheckSettings {
  config::Health health;
  std::string host;  // of the request; empty: the endpoint's authority
  http::HeadLimits limits;
  std::shared_ptr<const net::TlsClientContext> tls;
  std::string server_name;
};

class HealthChecker {
 public:
  using Settings = std::shared_ptr<const CheckSettings>;

  HealthChecker(net::Reactor& reactor, telemetry::Metrics& metrics, std::shared_ptr<Endpoint> endpoint,
                Settings settings, Dialler dialler);
  HealthChecker(const HealthChecker&) = delete;

  // Where they ask for other checks, the first such is made at once.
  void use(Settings settings);

 private:
  Task<Unit> run();
  void conclude(const std::string& fault, const config::Health& health);
  void restart();

  net::Reactor& reactor_;
  telemetry::Metrics& metrics_;
  std::shared_ptr<Endpoint> endpoint_;
  Settings settings_;
  Dialler dialler_;
  HealthState state_;
  Random random_;
  Scope running_;
};

}  // namespace sluice::upstream
