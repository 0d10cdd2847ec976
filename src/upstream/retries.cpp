#include "upstream/retries.hpp"

namespace sluice::upstream {
namespace {

Counter counter_of(const std::string& upstream, RetryReason reason, Meter& meter) {
  return meter.counter({"sluice_upstream_retries_total",
                        "Second and later attempts, by what the one before came to.",
                        {{"upstream", upstream}, {"reason", std::string(name_of(reason))}}});
}

}  // namespace

Retries::Retries(const std::string& upstream, Meter& meter, unsigned workers)
    : budget(workers),
      by_reason_{
          counter_of(upstream, RetryReason::connect, meter), counter_of(upstream, RetryReason::reset, meter),
          counter_of(upstream, RetryReason::timeout, meter), counter_of(upstream, RetryReason::status, meter),
          counter_of(upstream, RetryReason::hedge, meter)},
      refused_(meter.counter({"sluice_upstream_retries_refused_total",
                              "Attempts that were not made because the budget was used up.",
                              {{"upstream", upstream}}})) {}

}  // namespace sluice::upstream
