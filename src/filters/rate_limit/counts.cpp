#include "filters/rate_limit/counts.hpp"

namespace sluice::filters::rate_limit {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

Labels policy(const FilterContext& context) {
  return {{"policy", std::string(context.name)}};
}

}  // namespace

Counts::Counts(FilterContext& context)
    : store_latency(context.meter.histogram(
          {"sluice_rate_limit_store_seconds", "How long the shared store took to decide.", policy(context)})),
      store_failures(context.meter.counter({"sluice_rate_limit_store_failures_total",
                                            "Decisions that the shared store did not make, or too late.",
                                            policy(context)})),
      policy_(context.name),
      meter_(context.meter),
      by_route_(context.workers) {}

Counts::Series Counts::series_of(std::string_view route) const {
  auto series = [&](const char* result) {
    return meter_.counter({"sluice_rate_limit_total",
                           "Requests that a rate limit decided about, by what it said.",
                           {{"route", std::string(route)}, {"policy", policy_}, {"result", result}}});
  };
  return {series("allowed"), series("refused"), series("shadow_refused")};
}

void Counts::add(const Exchange& x, Result result) const {
  auto& known = by_route_.at(x.worker);
  auto found = known.find(x.route);
  if (found == known.end()) [[unlikely]]
    found = known.emplace(x.route, series_of(x.route_name)).first;
  found->second[static_cast<std::size_t>(result)].add(x.worker.index);
}

}  // namespace sluice::filters::rate_limit
