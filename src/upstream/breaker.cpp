#include "upstream/breaker.hpp"

#include "telemetry/log.hpp"

namespace sluice::upstream {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// A request in flight is nothing that has a known end.
constexpr Duration soon = std::chrono::seconds(1);

BreakerState::Rules rules_of(const config::Breaker& settings) noexcept {
  BreakerState::Rules rules;
  rules.error_rate = settings.error_rate ? settings.error_rate->share : 1.0;
  rules.min_requests = settings.min_requests;
  rules.window = settings.window;
  rules.open = settings.open;
  rules.probes = settings.probes;
  return rules;
}

Counter refusals(telemetry::Metrics& metrics, const std::string& upstream, const char* reason) {
  return metrics.counter({"sluice_breaker_refused_total",
                          "Requests that an upstream was spared, by why.",
                          {{"upstream", upstream}, {"reason", reason}}});
}

// Raised first and looked at then: two workers that race for the last place may both be refused, but never
// both let in.
bool take_place(std::atomic<std::uint32_t>& used, const OrOff<std::uint32_t>& most) noexcept {
  if (used.fetch_add(1, relaxed) < most.value_or(UINT32_MAX)) return true;
  used.fetch_sub(1, relaxed);
  return false;
}

}  // namespace

Breaker::Breaker(std::string upstream, telemetry::Metrics& metrics, unsigned workers)
    : upstream_(std::move(upstream)),
      refused_open_(refusals(metrics, upstream_, "open")),
      refused_in_flight_(refusals(metrics, upstream_, "in_flight")),
      refused_pending_(refusals(metrics, upstream_, "pending")),
      phase_(metrics.gauge({"sluice_breaker_state",
                            "Of an upstream's breaker: 0 closed, 1 half open, 2 open.",
                            {{"upstream", upstream_}}})),
      opened_(metrics.counter({"sluice_breaker_opened_total",
                               "How often an upstream's breaker opened.",
                               {{"upstream", upstream_}}})),
      answers_(workers) {}

Breaker::~Breaker() {
  phase_.add_elsewhere(-static_cast<std::int64_t>(told_));
}

Breaker::Admission Breaker::admit(const config::Breaker& rules, unsigned worker, TimePoint now) {
  Admission admission;
  if (!take_place(in_flight_, rules.in_flight)) {
    refused_in_flight_.add(worker);
    admission.refusal = "too_many_in_flight";
    admission.wait = soon;
    return admission;
  }
  Ticket ticket(*this, rules, worker, 0);
  if (!closed_.load(relaxed)) {
    std::lock_guard lock(mutex_);
    auto said = state_.admit(rules_of(rules), now);
    turned();
    if (!said.granted) {
      refused_open_.add(worker);
      admission.refusal = "breaker_open";
      admission.wait = said.wait;
      return admission;
    }
    ticket.probe_ = said.probe;
  }
  admission.ticket = std::move(ticket);
  return admission;
}

void Breaker::judge(const config::Breaker* rules, TimePoint now) {
  Tally answers;
  for (auto& a : answers_) {
    answers.well += a.well.value();
    answers.badly += a.badly.value();
  }
  std::lock_guard lock(mutex_);
  auto news = answers - seen_;
  seen_ = answers;
  if (!rules || !rules->error_rate)
    state_.close();
  else if (news.total() > 0)
    state_.count(news, rules_of(*rules), now);
  turned();
}

// With the lock. Says what there is to say of a phase that began.
void Breaker::turned() {
  auto phase = state_.phase();
  if (phase == told_) return;
  phase_.add_elsewhere(static_cast<std::int64_t>(phase) - static_cast<std::int64_t>(told_));
  told_ = phase;
  closed_.store(phase == Phase::closed, relaxed);
  switch (phase) {
    case Phase::open:
      opened_.add_elsewhere();
      return telemetry::log::warn("breaker.open", {{"upstream", upstream_}});
    case Phase::half_open:
      return telemetry::log::info("breaker.half_open", {{"upstream", upstream_}});
    case Phase::closed:
      return telemetry::log::info("breaker.closed", {{"upstream", upstream_}});
  }
}

Breaker::Status Breaker::status(const config::Breaker& rules, TimePoint now) const {
  std::lock_guard lock(mutex_);
  return {state_.phase(), state_.left(now), in_flight_.load(relaxed), pending_.load(relaxed),
          state_.recent(rules_of(rules), now)};
}

// ---- Ticket

Breaker::Ticket::~Ticket() {
  if (!breaker_) return;
  breaker_->in_flight_.fetch_sub(1, relaxed);
  if (probe_ == 0) return;
  std::lock_guard lock(breaker_->mutex_);
  breaker_->state_.lost(probe_);
}

void Breaker::Ticket::observe(bool well, TimePoint now) {
  if (!breaker_) return;
  if (probe_ == 0) {
    auto& answers = breaker_->answers_[worker_];
    return well ? answers.well.add() : answers.badly.add();
  }
  std::lock_guard lock(breaker_->mutex_);
  breaker_->state_.probed(std::exchange(probe_, 0), well, rules_of(*rules_), now);
  breaker_->turned();
}

void Breaker::Ticket::wait(Waiting& waiting) noexcept {
  crowded_ = !take_place(breaker_->pending_, rules_->pending);
  waiting.granted_ = !crowded_;
  if (crowded_)
    breaker_->refused_pending_.add(worker_);
  else
    waiting.breaker_ = breaker_;
}

}  // namespace sluice::upstream
