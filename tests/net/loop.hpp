// A reactor with a clock that the test advances.
#pragma once
#include "net/reactor.hpp"

namespace sluice::net {

struct TestLoop {
  // Far ahead of the real one, so that no real timer fires.
  static inline TimePoint clock = Clock::now() + std::chrono::hours(100'000);

  Reactor reactor{0, [] { return clock; }};
  Reactor::Here here{reactor};

  void spin() {
    for (int i = 0; i < 50; ++i) reactor.poll();
  }
  void advance(Duration d) {
    clock += d;
    spin();
  }
};

}  // namespace sluice::net
