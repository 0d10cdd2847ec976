// BreakerState: whether an upstream that fails is asked at all. No I/O, no clock of its own.
//
//   BreakerState state;
//   auto admission = state.admit(rules, now);
//   if (!admission.granted) refuse(503, admission.wait);
//   ...
//   if (admission.probe) state.probed(admission.probe, well, rules, now);
//   else state.count({.well = 1}, rules, now);
//
// Closed: everything passes and is counted; when of at least `min_requests` in the last `window` a share of
// `error_rate` or more failed, it opens. Open: nothing passes for the time `open`. Half open: `probes`
// requests pass; when all of them went well it closes, and the first that did not opens it again.
#pragma once
#include <cstdint>
#include <optional>

#include "upstream/sliding_count.hpp"

namespace sluice::upstream {

class BreakerState {
 public:
  enum class Phase : std::uint8_t { closed, half_open, open };
  struct Rules {
    double error_rate = 0.5;
    std::uint32_t min_requests = 20;
    Duration window = std::chrono::seconds(10);
    Duration open = std::chrono::seconds(5);
    std::uint32_t probes = 3;
  };
  struct Admission {
    bool granted = true;
    std::uint32_t probe = 0;  // of which half-open phase it is one; 0: of none
    Duration wait{};          // of who is refused: until it is worth asking again
  };

  Phase phase() const noexcept { return phase_; }
  Duration left(TimePoint now) const noexcept;  // of open
  Tally recent(const Rules& rules, TimePoint now) const noexcept { return recent_.sum(rules.window, now); }

  Admission admit(const Rules& rules, TimePoint now) noexcept;
  // What became of requests that were no probes. True: it has opened.
  bool count(const Tally& tally, const Rules& rules, TimePoint now) noexcept;
  // What became of a probe; one of an earlier phase says nothing. The phase, where it is another one now.
  std::optional<Phase> probed(std::uint32_t probe, bool well, const Rules& rules, TimePoint now) noexcept;
  // A probe ended without having said anything: its client left. Another one may take its place.
  void lost(std::uint32_t probe) noexcept;
  // It will not open again by itself: there is no error rate any longer.
  void close() noexcept;

 private:
  void open(const Rules& rules, TimePoint now) noexcept;

  Phase phase_ = Phase::closed;
  TimePoint until_{};         // of open
  std::uint32_t trials_ = 0;  // half-open phases so far
  std::uint32_t given_ = 0;   // probes of this one
  std::uint32_t passed_ = 0;  // of them
  SlidingCount recent_;
};

}  // namespace sluice::upstream
