#include "upstream/peak_ewma.hpp"

namespace sluice::upstream {

PeakEwma::PeakEwma(EndpointSet::Ptr endpoints, const BalanceRules& rules, unsigned worker,
                   std::uint64_t seed) noexcept
    : Balancer(std::move(endpoints), rules, worker),
      random_(seed),
      mean_weight_(static_cast<double>(set().total_weight() * parts_of_weight) /
                   static_cast<double>(std::max<std::size_t>(set().size(), 1))) {}

const Balancer::Member* PeakEwma::pick(const Walk& walk) noexcept {
  auto now = walk.asked().now;
  auto* first = draw(random_, walk);
  auto* second = first && set().size() > 1 ? draw(random_, walk, first) : nullptr;
  return second && cost(*second, now) < cost(*first, now) ? second : first;
}

// The draw has weighed the two already; here a weight only says how many requests at once are many.
double PeakEwma::cost(const Member& m, TimePoint now) const noexcept {
  auto waiting = static_cast<double>(in_flight(m)) * mean_weight_ / static_cast<double>(weight(m, now));
  auto& seen = latency(m);
  return (waiting + 1) * (seen.known() ? seen.at(now) : usual_latency(now));
}

// Only where something is unknown, which one answer changes.
double PeakEwma::usual_latency(TimePoint now) const noexcept {
  double sum = 0;
  int known = 0;
  for (auto& m : set().members()) {
    if (!latency(m).known()) continue;
    sum += latency(m).at(now);
    ++known;
  }
  return known > 0 ? sum / known : 1;
}

}  // namespace sluice::upstream
