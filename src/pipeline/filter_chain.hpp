// The filters of one route, in the order of their phases: a plain loop that becomes a coroutine at the first
// filter that waits.
//
//   auto verdict = chain.run(exchange);                 // ready at once where no filter waits
//   if (co_await verdict == Verdict::reply) ...         // exchange.response has the reply
//
// A filter in shadow runs and is counted, and whatever it says or throws, the request goes on as if it had
// not been there. One that is off does not run; where it would have found out who asks, the principal is
// unasked. What a filter throws refuses the request, unless it may pass on an error; it is counted and logged
// in any case.
#pragma once
#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "sluice/filter.hpp"
#include "sluice/metrics.hpp"

namespace sluice::pipeline {

using What = Exchange::Span::What;

// How often a filter came to what: sluice_filter_total{policy,verdict}. A filter that is off counts nothing.
class FilterCounts {
 public:
  FilterCounts(Meter& meter, const std::string& policy);
  void add(std::size_t worker, What what) const noexcept {
    counters_[static_cast<std::size_t>(what)].add(worker);
  }

 private:
  std::array<Counter, 4> counters_;
};

struct Step {
  std::shared_ptr<const Filter> filter;
  std::shared_ptr<const std::atomic<Mode>> mode;  // a cell that outlives snapshots: switched at run time
  OnError on_error = OnError::refuse;
  Phase phase = Phase::edge;
  std::string name;
  std::optional<FilterCounts> counts = {};
};

class FilterChain {
 public:
  // So many shadowed refusals of one exchange are told.
  static constexpr std::size_t max_shadowed = 8;

  FilterChain() = default;
  // Sorts by phase; within a phase the given order is kept.
  explicit FilterChain(std::vector<Step> steps);

  const std::vector<Step>& steps() const noexcept { return steps_; }
  // Where the filters of a phase begin, for those who run only a part.
  std::size_t first_of(Phase phase) const noexcept;

  // Runs steps [from, to).
  Eventual<Verdict> run(Exchange& x, std::size_t from = 0, std::size_t to = SIZE_MAX) const;

 private:
  // How things stood before a filter: its mode holds until it has decided, even if it is switched meanwhile.
  struct Entered {
    void* mark;
    TimePoint at;
    ResponseFlags flags;
    Mode mode;
    Entered(const Exchange& x, Mode m) noexcept;
  };
  static void note(Exchange& x, const Step& step, What what, const Entered& entered);
  static Verdict settle(Exchange& x, const Step& step, Verdict verdict, const Entered& entered);
  static Verdict fault(Exchange& x, const Step& step, const Entered& entered) noexcept;
  static Verdict overrule(Exchange& x, const Step& step, const Entered& entered) noexcept;
  Task<Verdict> rest(Exchange& x, std::size_t at, std::size_t to, Eventual<Verdict> waiting,
                     Entered entered) const;

  std::vector<Step> steps_;
};

}  // namespace sluice::pipeline
