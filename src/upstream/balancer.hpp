// Balancer: in which order a request tries the endpoints. One for each upstream and worker, with what that
// worker remembers between requests; a walk is one request's way through.
//
//   Asked asked(now);                                // and its key, and its sticky cookie, where it has one
//   Walk walk = upstream.walk(worker, asked);
//   while (Endpoint* endpoint = walk.next()) {       // none at first: nobody is healthy, 503 at once
//     if (auto result = co_await attempt(*endpoint)) break;
//   }
//
// A walk never meets an endpoint twice, nor one that is not available at that moment. It allocates nothing.
// A choice follows from the set, the endpoints' state, the seed and `now`: no balancer reads a clock.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "config/config.hpp"
#include "upstream/endpoint_set.hpp"
#include "upstream/random.hpp"

namespace sluice::upstream {

class Balancer;

// What a choice may hang on of one request.
struct Asked {
  TimePoint now{};                   // the turn's
  std::optional<std::uint64_t> key;  // hash_of() what consistent choices go by; the other policies ignore it
  std::string_view token;            // of its sticky cookie; empty: it has none. Outlives the walk

  Asked() = default;
  explicit Asked(TimePoint n) noexcept : now(n) {}
};

class Walk {
 public:
  static constexpr std::size_t max_steps = 16;  // then it ends, however many endpoints there are

  Walk(Balancer& balancer, const Asked& asked) noexcept;
  Walk(Walk&& o) noexcept
      : balancer_(std::exchange(o.balancer_, nullptr)), asked_(o.asked_), steps_(o.steps_), met_(o.met_) {}
  Walk& operator=(Walk&&) = delete;
  ~Walk();

  // Valid as long as the walk, or a lease on it. Null: nobody is left.
  Endpoint* next() noexcept;
  // What a sticky cookie calls the last one, or one that was met; empty: nothing.
  std::string_view token() const noexcept {
    return steps_ == 0 ? std::string_view() : met_[steps_ - 1]->token;
  }
  std::string_view token(const Endpoint& endpoint) const noexcept {
    for (std::size_t i = 0; i < steps_; ++i)
      if (met_[i]->endpoint.get() == &endpoint) return met_[i]->token;
    return {};
  }

  const Asked& asked() const noexcept { return asked_; }
  std::size_t steps() const noexcept { return steps_; }
  bool met(const Endpoint& endpoint) const noexcept {
    for (std::size_t i = 0; i < steps_; ++i)
      if (met_[i]->endpoint.get() == &endpoint) return true;
    return false;
  }

 private:
  Balancer* balancer_;
  Asked asked_;
  std::uint32_t steps_ = 0;
  std::array<const EndpointSet::Member*, max_steps> met_;
};

// What an upstream's settings say about choices.
struct BalanceRules {
  config::Balance policy = config::Balance::least_request;
  double max_load = 0;       // of consistent_hash, times an even share; 0: no bound
  Duration slow_start{};     // zero: whole shares at once
  double spill_below = 0.7;  // of the local zone's weight
};
BalanceRules rules_of(const config::Upstream& settings) noexcept;

class Balancer {
 public:
  using Member = EndpointSet::Member;

  Balancer(EndpointSet::Ptr set, const BalanceRules& rules, unsigned worker) noexcept
      : set_(std::move(set)), rules_(rules), worker_(worker) {}
  Balancer(const Balancer&) = delete;
  virtual ~Balancer() = default;

  Walk walk(const Asked& asked = {}) noexcept { return Walk(*this, asked); }

  // The owner's hold. A balancer that was replaced lives on until the last walk on it has ended; all on one
  // worker, so the count is a plain one.
  struct Release {
    void operator()(Balancer* b) const noexcept { b->release(); }
  };

  // The walk's next, or null. For whatever chooses among balancers; others walk.
  virtual const Member* pick(const Walk& walk) noexcept = 0;

 protected:
  const EndpointSet& set() const noexcept { return *set_; }
  const BalanceRules& rules() const noexcept { return rules_; }
  std::uint64_t in_flight(const Member& m) const noexcept {
    return m.endpoint->local(worker_).in_flight.value();
  }
  const Latency& latency(const Member& m) const noexcept { return m.endpoint->local(worker_).latency; }

  static bool eligible(const Member& m, const Walk& walk) noexcept {
    return m.endpoint->available() && !walk.met(*m.endpoint);
  }
  // Weights are counted in parts, so that those of a slow start have a size too.
  static constexpr std::uint64_t parts_of_weight = 1024;
  std::uint64_t weight(const Member& m, TimePoint now) const noexcept {
    return rules_.slow_start == Duration{} ? m.weight * parts_of_weight : m.weight * ramp(*m.endpoint, now);
  }
  // By weight among those that are eligible and not `except`, or null.
  const Member* draw(Random& random, const Walk& walk, const Member* except = nullptr) const noexcept;

 private:
  friend class Walk;
  std::uint64_t ramp(const Endpoint& endpoint, TimePoint now) const noexcept;
  const Member* draw_slowly(Random& random, const Walk& walk, const Member* except) const noexcept;
  void release() noexcept {
    if (--uses_ == 0) delete this;
  }

  EndpointSet::Ptr set_;
  BalanceRules rules_;
  unsigned worker_;
  std::uint32_t uses_ = 1;
};

using BalancerPtr = std::unique_ptr<Balancer, Balancer::Release>;

// Of the policy, behind tiers and zones where the set has them.
BalancerPtr make_balancer(const BalanceRules& rules, EndpointSet::Ptr set, unsigned worker,
                          std::uint64_t seed);

}  // namespace sluice::upstream
