// The filters of one route, in the order of their phases: a plain loop that becomes a coroutine at the first
// filter that waits.
//
//   auto verdict = chain.run(exchange);                 // ready at once where no filter waits
//   if (co_await verdict == Verdict::reply) ...         // exchange.response has the reply
#pragma once
#include <atomic>
#include <string>
#include <vector>

#include "sluice/filter.hpp"

namespace sluice::pipeline {

struct Step {
  std::shared_ptr<const Filter> filter;
  std::shared_ptr<const std::atomic<Mode>> mode;  // a cell that outlives snapshots: switched at run time
  OnError on_error = OnError::refuse;
  Phase phase = Phase::edge;
  std::string name;
};

class FilterChain {
 public:
  FilterChain() = default;
  // Sorts by phase; within a phase the given order is kept.
  explicit FilterChain(std::vector<Step> steps);

  const std::vector<Step>& steps() const noexcept { return steps_; }
  // Where the filters of a phase begin, for those who run only a part.
  std::size_t first_of(Phase phase) const noexcept;

  // Runs steps [from, to).
  Eventual<Verdict> run(Exchange& x, std::size_t from = 0, std::size_t to = SIZE_MAX) const;

 private:
  struct Entered {
    void* mark;
    TimePoint at;
    Entered(void* m, TimePoint t) noexcept : mark(m), at(t) {}
  };
  static Entered enter(Exchange& x) noexcept;
  static Verdict settle(Exchange& x, const Step& step, Verdict verdict, const Entered& entered);
  static Verdict fault(Exchange& x, const Step& step, const Entered& entered) noexcept;
  Task<Verdict> rest(Exchange& x, std::size_t at, std::size_t to, Eventual<Verdict> waiting,
                     Entered entered) const;

  std::vector<Step> steps_;
};

}  // namespace sluice::pipeline
