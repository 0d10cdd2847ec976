// How many requests an upstream can have in flight before they only wait for each other: found from how long
// its answers take. Pure; the clock is an argument.
//
//   Gradient gradient(1, 100);
//   gradient.answered(took, in_flight, now);       // for each answer
//   gradient.failed(now);                          // too slow, broken
//   gradient.limit()
//
// Answers are averaged over windows. The best average is the time that the upstream needs by itself; the
// limit follows the ratio of that, with some tolerance, to the average now, plus a few requests (the square
// root of the limit) that try whether there is more. The best is forgotten slowly, so that an upstream that
// became slower for good is understood; at once where so few are in flight that they cannot wait for each
// other.
#pragma once
#include <cstdint>

#include "sluice/clock.hpp"

namespace sluice::filters::concurrency {

class Gradient {
 public:
  Gradient(unsigned min, unsigned max) noexcept;

  void answered(Duration took, unsigned in_flight, TimePoint now) noexcept;
  void failed(TimePoint now) noexcept;
  unsigned limit() const noexcept;
  void bound(unsigned min, unsigned max) noexcept;

 private:
  void close_window(TimePoint now) noexcept;
  void follow(double average) noexcept;
  void learn(double average) noexcept;
  bool look(double average) noexcept;
  void set(double limit) noexcept;

  double min_, max_;
  double limit_;
  double best_ = 0;  // seconds; 0: nothing was seen yet

  enum class Look : std::uint8_t { no, draining, measuring };
  Look look_ = Look::no;
  unsigned since_look_;  // windows

  // The window that is open.
  TimePoint began_{};
  double sum_ = 0;
  unsigned answers_ = 0;
  unsigned most_ = 0;  // in flight
  bool failures_ = false;
};

}  // namespace sluice::filters::concurrency
