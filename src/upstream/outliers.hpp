// Outliers: passive health. Who answers badly is ejected for a while, and comes back by itself. One for each
// upstream's name in the process; what it remembers of an endpoint stands in the endpoint, so a reload
// forgets nothing.
//
//   if (Outliers::observe(endpoint, worker.index, well, rules))          // each attempt, on its worker
//     upstream.outliers().bad_row(endpoint, members, rules, now);        // rare
//   upstream.outliers().judge(members, &rules, now);                     // worker 0, ten times a second
//
// Two reasons eject: bad answers in a row ("consecutive_5xx"), and a share of good ones in the last ten
// seconds that is clearly under the pool's mean ("success_rate"). Three end it: its time, an active check
// that passes, panic. At most `max_ejected` are ejected at a time, though always one, and never the last that
// is available.
#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "config/resilience.hpp"
#include "telemetry/metrics.hpp"
#include "upstream/endpoint_set.hpp"

namespace sluice::upstream {

class Outliers {
 public:
  using Members = std::vector<EndpointSet::Member>;

  Outliers(std::string upstream, telemetry::Metrics& metrics)
      : upstream_(std::move(upstream)), metrics_(metrics) {}
  Outliers(const Outliers&) = delete;

  // The worker's own thread. True: so many were bad in a row that bad_row() should know.
  static bool observe(Endpoint& endpoint, unsigned worker, bool well, const config::Outlier& rules) noexcept;

  // Any thread.
  void bad_row(Endpoint& endpoint, const Members& pool, const config::Outlier& rules, TimePoint now);
  // Success rates, and whose ejection is over. Without rules everybody comes back.
  void judge(const Members& pool, const config::Outlier* rules, TimePoint now);

  struct Ejected {
    std::string reason;
    WallPoint since;
    Duration left;
    std::uint32_t repeats;
  };
  // Of one that is ejected.
  Ejected look(Endpoint& endpoint, TimePoint now) const;

 private:
  void count(const Members& pool, TimePoint now);
  void readmit_those_who_may(const Members& pool, const config::Outlier& rules, TimePoint now);
  void compare(const Members& pool, const config::Outlier& rules, TimePoint now);
  bool eject(Endpoint& endpoint, const Members& pool, const config::Outlier& rules, const char* reason,
             TimePoint now);
  void readmit(Endpoint& endpoint, const char* why, TimePoint now);

  const std::string upstream_;
  telemetry::Metrics& metrics_;
  mutable std::mutex mutex_;
};

}  // namespace sluice::upstream
