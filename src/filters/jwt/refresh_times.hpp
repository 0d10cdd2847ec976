// When to fetch again.
//
//   RefreshTimes times(15min, seed);
//   sleep(good ? times.after_success() : times.after_failure());
//
// After a success `refresh`, after a failure a second, twice that after the next one, up to `refresh`; always
// up to a tenth less, at random, so that replicas which started together do not ask together.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

#include "sluice/clock.hpp"

namespace sluice::filters::jwt {

class RefreshTimes {
 public:
  RefreshTimes(Duration refresh, std::uint32_t seed) : refresh_(refresh), random_(seed) {}

  Duration after_success() {
    retry_ = first_retry;
    return spread(refresh_);
  }
  Duration after_failure() {
    auto pause = std::min(retry_, refresh_);
    retry_ = std::min(retry_ * 2, refresh_);
    return spread(pause);
  }

 private:
  static constexpr Duration first_retry = std::chrono::seconds(1);

  Duration spread(Duration pause) {
    return pause - Duration(std::uniform_int_distribution<Duration::rep>(0, pause.count() / 10)(random_));
  }

  Duration refresh_;
  Duration retry_ = first_retry;
  std::minstd_rand random_;
};

}  // namespace sluice::filters::jwt
