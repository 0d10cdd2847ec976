#include "pipeline/filter_chain.hpp"

#include <algorithm>

#include "telemetry/caught.hpp"
#include "telemetry/log.hpp"

namespace sluice::pipeline {
namespace {

Counter counter_of(Meter& meter, const std::string& policy, const char* verdict) {
  return meter.counter({"sluice_filter_total",
                        "Requests that a filter looked at, by what it came to.",
                        {{"policy", policy}, {"verdict", verdict}}});
}

void add_to_trace(Exchange& x, const Step& step, What what, Duration took) {
  bool replied = what == What::reply || what == What::shadow_reply;
  auto* span = x.arena.make<Exchange::Span>(
      Exchange::Span{step.name, what, replied ? x.response.reason : "", took, nullptr});
  auto& trace = *x.trace;
  (trace.last ? trace.last->next : trace.first) = span;
  trace.last = span;
}

void remember_shadowed(Exchange& x, const Step& step, const char* reason) {
  constexpr auto most = FilterChain::max_shadowed;
  auto told = x.shadowed.size();
  if (told == most) return;
  auto* texts = told ? x.shadowed.data()
                     : static_cast<std::string_view*>(
                           x.arena.take(most * sizeof(std::string_view), alignof(std::string_view)));
  texts[told] = x.arena.concat({step.name, ":", reason});
  x.shadowed = {texts, told + 1};
}

// Called where something was caught.
void log_fault(const Exchange& x, const Step& step) noexcept {
  static constinit log::Throttle throttle{std::chrono::seconds(1)};
  log::error(
      throttle, x.worker.timers.now(), "filter.fault",
      {{"request_id", x.id}, {"route", x.route_name}, {"policy", step.name}, {"error", telemetry::caught()}});
}

}  // namespace

FilterCounts::FilterCounts(Meter& meter, const std::string& policy)
    : counters_{counter_of(meter, policy, "proceed"), counter_of(meter, policy, "reply"),
                counter_of(meter, policy, "shadow_reply"), counter_of(meter, policy, "fault")} {}

FilterChain::FilterChain(std::vector<Step> steps) : steps_(std::move(steps)) {
  std::stable_sort(steps_.begin(), steps_.end(), [](auto& a, auto& b) { return a.phase < b.phase; });
}

std::size_t FilterChain::first_of(Phase phase) const noexcept {
  auto at = std::find_if(steps_.begin(), steps_.end(), [=](auto& s) { return s.phase >= phase; });
  return static_cast<std::size_t>(at - steps_.begin());
}

FilterChain::Entered::Entered(const Exchange& x, Mode m) noexcept
    : mark(x.hook_mark()), at(x.trace ? Clock::now() : TimePoint{}), flags(x.flags), mode(m) {}

Eventual<Verdict> FilterChain::run(Exchange& x, std::size_t from, std::size_t to) const {
  to = std::min(to, steps_.size());
  for (std::size_t i = from; i < to; ++i) {
    auto& step = steps_[i];
    Entered entered(x, step.mode->load(std::memory_order_relaxed));
    if (entered.mode == Mode::off) [[unlikely]] {
      if (step.phase == Phase::identity) x.principal.unasked = true;
      if (x.trace) add_to_trace(x, step, What::off, Duration{});
      continue;
    }
    Verdict verdict;
    try {
      auto deciding = step.filter->on_request(x);
      if (!deciding.ready()) return rest(x, i, to, std::move(deciding), entered);
      verdict = settle(x, step, deciding.value(), entered);
    } catch (...) {
      verdict = fault(x, step, entered);
    }
    if (verdict == Verdict::reply) return verdict;
  }
  return Verdict::proceed;
}

Task<Verdict> FilterChain::rest(Exchange& x, std::size_t at, std::size_t to, Eventual<Verdict> waiting,
                                Entered entered) const {
  Verdict verdict;
  try {
    verdict = co_await waiting;
    verdict = settle(x, steps_[at], verdict, entered);
  } catch (...) {
    verdict = fault(x, steps_[at], entered);
  }
  if (verdict == Verdict::reply) co_return verdict;
  auto others = run(x, at + 1, to);
  co_return co_await others;
}

void FilterChain::note(Exchange& x, const Step& step, What what, const Entered& entered) {
  if (step.counts) step.counts->add(x.worker.index, what);
  if (x.trace) [[unlikely]]
    add_to_trace(x, step, what, Clock::now() - entered.at);
}

Verdict FilterChain::settle(Exchange& x, const Step& step, Verdict verdict, const Entered& entered) {
  if (entered.mode != Mode::shadow) [[likely]] {
    note(x, step, verdict == Verdict::proceed ? What::proceed : What::reply, entered);
    return verdict;
  }
  x.drop_hooks(entered.mark);
  note(x, step, verdict == Verdict::proceed ? What::proceed : What::shadow_reply, entered);
  if (verdict == Verdict::proceed) return verdict;
  remember_shadowed(x, step, x.response.reason);
  return overrule(x, step, entered);
}

// A fault refuses, it never opens, unless the file says so for this filter.
Verdict FilterChain::fault(Exchange& x, const Step& step, const Entered& entered) noexcept {
  log_fault(x, step);
  x.drop_hooks(entered.mark);
  note(x, step, What::fault, entered);
  bool shadow = entered.mode == Mode::shadow;
  if (shadow) remember_shadowed(x, step, "filter_fault");
  if (shadow || step.on_error == OnError::pass) return overrule(x, step, entered);
  return x.refuse(500, "filter_fault");
}

// The request goes on as if the filter had said nothing. Who it is from is no longer certain.
Verdict FilterChain::overrule(Exchange& x, const Step& step, const Entered& entered) noexcept {
  if (step.phase == Phase::identity) x.principal.unproven = true;
  x.response.reset();
  x.problem = {};
  x.error = {};
  x.flags = entered.flags;
  return Verdict::proceed;
}

}  // namespace sluice::pipeline
