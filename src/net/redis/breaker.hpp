// Whether Redis is worth asking, and when it is to be tried again. No I/O and no clock.
//
//   if (!breaker.closed()) return unavailable;       // costs a request nothing
//   ok ? breaker.succeeded() : breaker.failed();     // each command that was asked
//   sleep(breaker.next_pause(random)); try it;       // while it is open: close() or open()
//
// The pause is drawn evenly between nothing and a bound that doubles with each try that failed (full jitter),
// so that many workers that lost Redis together do not come back together.
#pragma once
#include <algorithm>
#include <random>

#include "sluice/clock.hpp"

namespace sluice::net {

class RedisBreaker {
 public:
  static constexpr unsigned enough = 5;  // failures in a row
  static constexpr Duration first_bound = std::chrono::milliseconds(50);

  explicit RedisBreaker(Duration longest_pause) noexcept : longest_(longest_pause) {}

  bool closed() const noexcept { return !open_; }
  // Nothing has failed since the last success.
  bool trusting() const noexcept { return !open_ && tries_ == 0; }
  void succeeded() noexcept {
    failures_ = 0;
    tries_ = 0;
  }
  // True: that was one too many, and it has opened.
  bool failed() noexcept {
    if (open_ || ++failures_ < enough) return false;
    open_ = true;
    return true;
  }
  void open() noexcept { open_ = true; }
  // A try went well. Pauses go on growing until a command succeeds as well.
  void close() noexcept {
    open_ = false;
    failures_ = 0;
  }

  Duration next_bound() const noexcept {
    constexpr unsigned enough_doublings = 16;
    return std::min(longest_, first_bound * (1u << std::min(tries_, enough_doublings)));
  }
  template <class Random>
  Duration next_pause(Random& random) noexcept {
    std::uniform_int_distribution<Duration::rep> within(0, next_bound().count());
    ++tries_;
    return Duration(within(random));
  }

 private:
  Duration longest_;
  unsigned failures_ = 0;
  unsigned tries_ = 0;
  bool open_ = false;
};

}  // namespace sluice::net
