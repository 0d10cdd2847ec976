#include "upstream/discovery.hpp"

#include "telemetry/log.hpp"

namespace sluice::upstream {

Source source_of(const config::Discover& settings) {
  if (settings.dns) return {"dns", *settings.dns + ':' + std::to_string(settings.port.value_or(0))};
  if (settings.srv) return {"srv", *settings.srv};
  return {"file", settings.file.value_or("").string()};
}

Discovery::Discovery(const std::string& upstream, Source source, Meter& meter)
    : upstream_(upstream),
      source_(std::move(source)),
      failed_(meter.counter({"sluice_discovery_failures_total",
                             "Looks for an upstream's endpoints that brought none.",
                             {{"upstream", upstream_}, {"kind", source_.kind}}})) {}

bool Discovery::take(Finding finding) {
  std::lock_guard lock(mutex_);
  if (finding.endpoints.empty()) {
    fail(finding.fault.empty() ? "empty" : std::move(finding.fault));
    return false;
  }
  if (auto failures = known_.failures())
    log::info(
        "discovery.recovered",
        {{"upstream", upstream_}, {"kind", source_.kind}, {"source", source_.name}, {"failures", failures}});
  loaded_ = wall_now();
  if (!known_.take(std::move(finding.endpoints))) return false;
  log::info("discovery.endpoints", {{"upstream", upstream_},
                                    {"kind", source_.kind},
                                    {"source", source_.name},
                                    {"count", known_.value().size()}});
  return true;
}

// With the lock.
void Discovery::fail(std::string fault) {
  bool new_to_all = fault != known_.fault();
  known_.fail(std::move(fault));
  failed_.add_elsewhere();
  if (new_to_all)
    log::warn("discovery.failed", {{"upstream", upstream_},
                                   {"kind", source_.kind},
                                   {"source", source_.name},
                                   {"reason", known_.fault()},
                                   {"kept", known_.value().size()}});
}

EndpointList Discovery::endpoints() const {
  std::lock_guard lock(mutex_);
  return known_.value();
}

SourceStatus Discovery::status() const {
  std::lock_guard lock(mutex_);
  SourceStatus status;
  status.kind = source_.kind;
  status.name = source_.name;
  status.usable = known_.known();
  status.error = known_.fault();
  status.loaded = loaded_;
  status.items = known_.value().size();
  return status;
}

}  // namespace sluice::upstream
