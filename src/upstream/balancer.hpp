// Balancer: in which order a request tries the endpoints. One for each upstream and worker, with what that
// worker remembers between requests; a walk is one request's way through.
//
//   Walk walk = upstream.walk(worker);
//   while (Endpoint* endpoint = walk.next()) {       // none at first: nobody is healthy, 503 at once
//     if (auto result = co_await attempt(*endpoint)) break;
//   }
//
// A walk never meets an endpoint twice, nor one that is not available at that moment. It allocates nothing.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "config/config.hpp"
#include "upstream/endpoint_set.hpp"
#include "upstream/random.hpp"

namespace sluice::upstream {

class Balancer;

class Walk {
 public:
  static constexpr std::size_t max_steps = 16;  // then it ends, however many endpoints there are

  Walk(Balancer& balancer, std::uint64_t key) noexcept;
  Walk(Walk&& o) noexcept
      : balancer_(std::exchange(o.balancer_, nullptr)), key_(o.key_), steps_(o.steps_), met_(o.met_) {}
  Walk& operator=(Walk&&) = delete;
  ~Walk();

  // Valid as long as the walk, or a lease on it. Null: nobody is left.
  Endpoint* next() noexcept;

  std::uint64_t key() const noexcept { return key_; }
  bool met(std::size_t index) const noexcept {
    for (std::size_t i = 0; i < steps_; ++i)
      if (met_[i] == index) return true;
    return false;
  }

 private:
  Balancer* balancer_;
  std::uint64_t key_;
  std::uint32_t steps_ = 0;
  std::array<std::uint32_t, max_steps> met_;
};

class Balancer {
 public:
  static constexpr std::size_t nobody = ~std::size_t{0};

  Balancer(std::shared_ptr<const EndpointSet> set, unsigned worker) noexcept
      : set_(std::move(set)), worker_(worker) {}
  Balancer(const Balancer&) = delete;
  virtual ~Balancer() = default;

  // `key`: what consistent choices hang on; the others ignore it.
  Walk walk(std::uint64_t key = 0) noexcept { return Walk(*this, key); }

  // The owner's hold. A balancer that was replaced lives on until the last walk on it has ended; all on one
  // worker, so the count is a plain one.
  struct Release {
    void operator()(Balancer* b) const noexcept { b->release(); }
  };

 protected:
  // The next endpoint's place in the set, or nobody.
  virtual std::size_t pick(const Walk& walk) noexcept = 0;

  const EndpointSet& set() const noexcept { return *set_; }
  unsigned worker() const noexcept { return worker_; }
  bool eligible(std::size_t index, const Walk& walk) const noexcept {
    return set_->members()[index].endpoint->available() && !walk.met(index);
  }
  // By weight among those that are eligible and not `except`, or nobody.
  std::size_t draw(Random& random, const Walk& walk, std::size_t except = nobody) const noexcept;

 private:
  friend class Walk;
  void release() noexcept {
    if (--uses_ == 0) delete this;
  }

  std::shared_ptr<const EndpointSet> set_;
  unsigned worker_;
  std::uint32_t uses_ = 1;
};

using BalancerPtr = std::unique_ptr<Balancer, Balancer::Release>;

BalancerPtr make_balancer(config::Balance kind, std::shared_ptr<const EndpointSet> set, unsigned worker,
                          std::uint64_t seed);

}  // namespace sluice::upstream
