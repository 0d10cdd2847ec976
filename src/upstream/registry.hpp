// Registry: all endpoints of the process by identity. A build asks for them, a set holds them; when the last
// set that held one is gone, it is forgotten, and its connections are closed by a message to their workers.
//
//   Registry registry(metrics, workers, [&](std::shared_ptr<Endpoint> gone) {
//     for (auto& w : all) w.mailbox().post([&w, gone] { w.connections().retire(*gone); });
//   });
//   auto endpoint = registry.endpoint(identity);   // build: what is known already stays known
#pragma once
#include <functional>
#include <memory>

#include "telemetry/metrics.hpp"
#include "upstream/breaker.hpp"
#include "upstream/discovery.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/outliers.hpp"
#include "upstream/retries.hpp"

namespace sluice::upstream {

// Metrics, and whatever `retire` refers to, outlive the registry; endpoints may be left over when it dies,
// and are then retired by nobody.
class Registry {
 public:
  // Called on whatever thread dropped the last reference, at most once for an endpoint.
  using Retire = std::function<void(std::shared_ptr<Endpoint>)>;

  Registry(telemetry::Metrics& metrics, unsigned workers, Retire retire);
  ~Registry();

  unsigned workers() const noexcept;
  telemetry::Metrics& metrics() const noexcept;

  // Any thread. The pointer is what keeps the endpoint in use: hold it in a set, not in a pool.
  std::shared_ptr<Endpoint> endpoint(const EndpointIdentity& identity);
  std::size_t size() const;

  // Of the upstream of that name; stays as long as somebody holds it. Any thread.
  std::shared_ptr<Retries> retries(const std::string& upstream);
  std::shared_ptr<Outliers> outliers(const std::string& upstream);
  std::shared_ptr<Breaker> breaker(const std::string& upstream);
  std::shared_ptr<Discovery> discovery(const std::string& upstream, const Source& source);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice::upstream
