#include "pipeline/filter_chain.hpp"

#include <algorithm>

namespace sluice::pipeline {

FilterChain::FilterChain(std::vector<Step> steps) : steps_(std::move(steps)) {
  std::stable_sort(steps_.begin(), steps_.end(), [](auto& a, auto& b) { return a.phase < b.phase; });
}

std::size_t FilterChain::first_of(Phase phase) const noexcept {
  auto at = std::find_if(steps_.begin(), steps_.end(), [=](auto& s) { return s.phase >= phase; });
  return static_cast<std::size_t>(at - steps_.begin());
}

Eventual<Verdict> FilterChain::run(Exchange& x, std::size_t from, std::size_t to) const {
  to = std::min(to, steps_.size());
  for (std::size_t i = from; i < to; ++i) {
    auto& step = steps_[i];
    if (step.mode->load(std::memory_order_relaxed) == Mode::off) continue;
    auto entered = enter(x);
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

FilterChain::Entered FilterChain::enter(Exchange& x) noexcept {
  return Entered(x.hook_mark(), x.trace ? Clock::now() : TimePoint{});
}

Verdict FilterChain::settle(Exchange& x, const Step& step, Verdict verdict, const Entered& entered) {
  if (x.trace) [[unlikely]]
    x.trace->push_back({step.name, Clock::now() - entered.at, verdict});
  if (step.mode->load(std::memory_order_relaxed) != Mode::shadow) [[likely]]
    return verdict;

  x.drop_hooks(entered.mark);
  if (verdict == Verdict::reply) {
    if (step.phase == Phase::identity) x.principal.unproven = true;
    x.response.reset();
  }
  return Verdict::proceed;
}

// A fault refuses, it never opens, unless the file says so for this filter.
Verdict FilterChain::fault(Exchange& x, const Step& step, const Entered& entered) noexcept {
  x.drop_hooks(entered.mark);
  if (step.on_error != OnError::pass) return x.refuse(500, "filter_fault");
  x.response.reset();
  return Verdict::proceed;
}

}  // namespace sluice::pipeline
