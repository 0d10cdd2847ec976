#include "filters/cache/counts.hpp"

#include <algorithm>

namespace sluice::filters::cache {
namespace {

constexpr std::array result_names = {"hit", "stale", "revalidated", "collapsed", "miss", "refused", "bypass"};
constexpr std::array refresh_names = {"done", "failed", "skipped"};
// The last stands for whatever is not among them.
constexpr std::array reasons = {
    "method", "no-store", "request-no-store", "private",      "authorization", "set-cookie", "vary",
    "status", "partial",  "not-understood",   "no-freshness", "room",          "other"};

template <std::size_t n>
std::array<Counter, n> counters(FilterContext& context, const char* name, const char* help, const char* label,
                                const std::array<const char*, n>& values) {
  auto make = [&](const char* value) {
    return context.meter.counter({name, help, {{"policy", std::string(context.name)}, {label, value}}});
  };
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Counter, n>{make(values[i])...};
  }
  (std::make_index_sequence<n>());
}

}  // namespace

Counts::Counts(FilterContext& context)
    : results_(counters(context, "sluice_cache_requests_total", "Requests, by what the cache did with them.",
                        "result", result_names)),
      bypasses_(counters(context, "sluice_cache_bypass_total",
                         "Requests that the cache had no part in, by why.", "reason", bypass_names)),
      refreshes_(counters(context, "sluice_cache_refreshes_total",
                          "Refreshes behind a client's back, by what came of them.", "result",
                          refresh_names)),
      not_stored_(counters(context, "sluice_cache_not_stored_total",
                           "Answers of an origin that were not stored, by why.", "reason", reasons)),
      invalidated_(context.meter.counter({"sluice_cache_invalidated_total",
                                          "Stored answers that a request which changes something did away "
                                          "with.",
                                          {{"policy", std::string(context.name)}}})),
      degraded_(context.meter.counter({"sluice_degraded_total",
                                       "Requests that were served with less because of overload, by what was "
                                       "done.",
                                       {{"step", "serve_stale"}}})) {}

void Counts::not_stored(const Worker& worker, std::string_view why) const noexcept {
  auto at = std::ranges::find(reasons, why, [](const char* reason) { return std::string_view(reason); });
  auto index = std::min<std::size_t>(static_cast<std::size_t>(at - reasons.begin()), reasons.size() - 1);
  not_stored_[index].add(worker.index);
}

}  // namespace sluice::filters::cache
