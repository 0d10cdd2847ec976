#include "filters/concurrency/gradient.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::filters::concurrency {
namespace {

using namespace std::chrono_literals;

constexpr Duration window = 100ms;
constexpr unsigned fewest = 10;  // answers in a window that are worth an average
constexpr double first_limit = 20;
constexpr double tolerance = 1.2;  // an average so much above the best is not waiting yet
constexpr double steepest = 0.5;
constexpr double smoothing = 0.2;
constexpr double relearning = 0.1;     // a window, where nobody can be waiting
constexpr unsigned looks_every = 300;  // windows
constexpr unsigned looks_soon = 20;    // after a look that found something better
constexpr double looks_at = 0.5;       // of the limit: below what tolerance and tries have added to the knee
constexpr double looks_count =
    0.25;  // of what is worse than the best: the crowd of before may still be there
constexpr double after_failures = 0.9;

}  // namespace

Gradient::Gradient(unsigned min, unsigned max) noexcept
    : min_(min), max_(max), limit_(first_limit), since_look_(looks_every - looks_soon) {
  set(first_limit);
}

unsigned Gradient::limit() const noexcept {
  if (look_ == Look::no) return static_cast<unsigned>(limit_);
  return static_cast<unsigned>(std::max(limit_ * looks_at, min_));
}

void Gradient::bound(unsigned min, unsigned max) noexcept {
  min_ = min;
  max_ = max;
  set(limit_);
}

void Gradient::set(double limit) noexcept {
  limit_ = std::clamp(limit, min_, max_);
}

void Gradient::answered(Duration took, unsigned in_flight, TimePoint now) noexcept {
  sum_ += std::chrono::duration<double>(took).count();
  ++answers_;
  most_ = std::max(most_, in_flight);
  close_window(now);
}

void Gradient::failed(TimePoint now) noexcept {
  failures_ = true;
  close_window(now);
}

void Gradient::close_window(TimePoint now) noexcept {
  if (began_ == TimePoint{}) began_ = now;
  if (now - began_ < window) return;
  if (failures_)
    set(limit_ * after_failures);
  else if (answers_ < fewest)
    return;
  else
    follow(sum_ / answers_);
  began_ = now;
  sum_ = 0;
  answers_ = most_ = 0;
  failures_ = false;
}

void Gradient::follow(double average) noexcept {
  if (look(average)) return;
  learn(average);
  auto gradient = std::clamp(tolerance * best_ / std::max(average, 1e-9), steepest, 1.0);
  auto wanted = limit_ * gradient + std::sqrt(limit_);
  // Who never came near the limit has not shown that more would do.
  if (wanted > limit_ && most_ < limit_ / 2) return;
  set(limit_ + (wanted - limit_) * smoothing);
}

void Gradient::learn(double average) noexcept {
  // At the steepest descent the limit settles at 1 / (1 - steepest)^2 = 4.
  bool nobody_waits =
      limit_ <= std::max(min_, 1 / ((1 - steepest) * (1 - steepest))) + 1 || most_ < limit_ / 2;
  if (best_ == 0 || average < best_)
    best_ = average;
  else if (nobody_waits)
    best_ += (average - best_) * relearning;
}

// Whether this window belongs to a look: the first one still has those that waited before.
bool Gradient::look(double average) noexcept {
  auto was = look_;
  if (was == Look::no)
    look_ = ++since_look_ >= looks_every ? Look::draining : Look::no;
  else
    look_ = was == Look::draining ? Look::measuring : Look::no;
  if (was == Look::measuring) {
    since_look_ = average < best_ * 0.95 ? looks_every - looks_soon : 0;
    best_ = average < best_ ? average : best_ + (average - best_) * looks_count;
  }
  return was != Look::no;
}

}  // namespace sluice::filters::concurrency
