#include "upstream/outliers.hpp"

#include <algorithm>

#include "telemetry/log.hpp"
#include "upstream/success_rate.hpp"

namespace sluice::upstream {
namespace {

constexpr Duration window = std::chrono::seconds(10);

struct Standing {
  std::size_t all = 0, available = 0, ejected = 0;
};

Standing standing_of(const Outliers::Members& pool) noexcept {
  Standing s;
  for (auto& m : pool) {
    ++s.all;
    s.available += m.endpoint->available();
    s.ejected += m.endpoint->ejected();
  }
  return s;
}

// Whether so many of all are too few.
bool panics(std::size_t available, std::size_t all, const config::Outlier& rules) noexcept {
  return static_cast<double>(available) < rules.panic.share * static_cast<double>(all);
}

bool may_eject(const Outliers::Members& pool, const config::Outlier& rules) noexcept {
  auto s = standing_of(pool);
  auto share = static_cast<std::size_t>(rules.max_ejected.share * static_cast<double>(s.all));
  bool room = s.ejected < std::max<std::size_t>(1, share);
  return room && s.available > 1 && !panics(s.available - 1, s.all, rules);
}

Tally answers_of(const Endpoint& endpoint) noexcept {
  Tally sum;
  for (unsigned worker = 0; worker < endpoint.workers(); ++worker) {
    sum.well += endpoint.local(worker).well.value();
    sum.badly += endpoint.local(worker).badly.value();
  }
  return sum;
}

}  // namespace

bool Outliers::observe(Endpoint& endpoint, unsigned worker, bool well,
                       const config::Outlier& rules) noexcept {
  auto& row = endpoint.conduct().bad_in_a_row;
  if (well) {
    endpoint.local(worker).well.add();
    if (row.load(std::memory_order_relaxed) != 0) row.store(0, std::memory_order_relaxed);
    return false;
  }
  endpoint.local(worker).badly.add();
  auto bad = row.fetch_add(1, std::memory_order_relaxed) + 1;
  return rules.consecutive_5xx && bad % *rules.consecutive_5xx == 0;
}

void Outliers::bad_row(Endpoint& endpoint, const Members& pool, const config::Outlier& rules, TimePoint now) {
  std::lock_guard lock(mutex_);
  eject(endpoint, pool, rules, "consecutive_5xx", now);
}

void Outliers::judge(const Members& pool, const config::Outlier* rules, TimePoint now) {
  std::lock_guard lock(mutex_);
  if (!rules) {
    for (auto& m : pool)
      if (m.endpoint->ejected()) readmit(*m.endpoint, "no longer judged", now);
    return;
  }
  count(pool, now);
  readmit_those_who_may(pool, *rules, now);
  if (rules->success_rate) compare(pool, *rules, now);
}

// What stragglers say of one that is ejected does not count.
void Outliers::count(const Members& pool, TimePoint now) {
  for (auto& m : pool) {
    auto& conduct = m.endpoint->conduct();
    auto answers = answers_of(*m.endpoint);
    if (!m.endpoint->ejected()) conduct.recent.add(answers - conduct.seen, window, now);
    conduct.seen = answers;
  }
}

void Outliers::readmit_those_who_may(const Members& pool, const config::Outlier& rules, TimePoint now) {
  auto standing = standing_of(pool);
  bool panic = standing.ejected > 0 && panics(standing.available, standing.all, rules);
  for (auto& m : pool) {
    if (!m.endpoint->ejected()) continue;
    auto& conduct = m.endpoint->conduct();
    auto began = conduct.ejection.began().time_since_epoch().count();
    if (conduct.ejection.over(now))
      readmit(*m.endpoint, "its time is over", now);
    else if (conduct.passed_check.load(std::memory_order_relaxed) > began)
      readmit(*m.endpoint, "check passed", now);
    else if (panic)
      readmit(*m.endpoint, "panic", now);
  }
}

void Outliers::compare(const Members& pool, const config::Outlier& rules, TimePoint now) {
  std::vector<Endpoint*> judged;
  std::vector<Tally> tallies;
  for (auto& m : pool) {
    if (!m.endpoint->available()) continue;
    judged.push_back(m.endpoint.get());
    tallies.push_back(m.endpoint->conduct().recent.sum(window, now));
  }
  auto mean = mean_success(tallies, rules.min_requests);
  if (!mean) return;
  for (std::size_t i = 0; i < judged.size(); ++i)
    if (stands_out(tallies[i], *mean, rules.success_rate->share, rules.min_requests))
      eject(*judged[i], pool, rules, "success_rate", now);
}

bool Outliers::eject(Endpoint& endpoint, const Members& pool, const config::Outlier& rules,
                     const char* reason, TimePoint now) {
  if (!endpoint.available() || !may_eject(pool, rules)) return false;
  auto& conduct = endpoint.conduct();
  auto lasts = conduct.ejection.begin({rules.eject, rules.max_eject}, now);
  conduct.reason = reason;
  conduct.since = wall_now();
  endpoint.eject();
  metrics_.ejected(endpoint.id(), true);
  metrics_
      .counter({"sluice_ejections_total",
                "Endpoints that were ejected, by what they were ejected for.",
                {{"upstream", upstream_}, {"endpoint", endpoint.name()}, {"reason", reason}}})
      .add_elsewhere();
  telemetry::log::warn("endpoint.ejected", {{"upstream", upstream_},
                                            {"endpoint", endpoint.name()},
                                            {"reason", reason},
                                            {"for", lasts},
                                            {"repeats", conduct.ejection.repeats()}});
  return true;
}

// It begins anew: what it was ejected for does not count again.
void Outliers::readmit(Endpoint& endpoint, const char* why, TimePoint now) {
  auto& conduct = endpoint.conduct();
  conduct.ejection.end(now);
  conduct.recent.clear();
  conduct.bad_in_a_row.store(0, std::memory_order_relaxed);
  endpoint.readmit();
  metrics_.ejected(endpoint.id(), false);
  telemetry::log::info("endpoint.readmitted",
                       {{"upstream", upstream_}, {"endpoint", endpoint.name()}, {"reason", why}});
}

Outliers::Ejected Outliers::look(Endpoint& endpoint, TimePoint now) const {
  std::lock_guard lock(mutex_);
  auto& conduct = endpoint.conduct();
  return {conduct.reason, conduct.since, std::max(Duration{}, conduct.ejection.until() - now),
          conduct.ejection.repeats()};
}

}  // namespace sluice::upstream
