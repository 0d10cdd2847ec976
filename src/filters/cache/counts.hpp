// What a cache counts, by its policy.
//
//   counts.add(x.worker, Tally::hit);
//   counts.bypassed(x.worker, Bypass::range);
//   counts.not_stored(x.worker, why);
#pragma once
#include <array>
#include <string_view>

#include "sluice/filter_kind.hpp"

namespace sluice::filters::cache {

enum class Tally : std::uint8_t {
  hit,          // a fresh one was there
  stale,        // a stale one was given
  revalidated,  // the origin said that what is stored is still good
  collapsed,    // somebody else's request brought it
  miss,         // the origin was asked, and answered
  refused,      // nothing was there, and the client wanted nothing else
  bypass        // the cache had no part in it
};

enum class Bypass : std::uint8_t {
  method,
  upgrade,
  body,
  condition,  // one that only the origin can judge
  range,      // of something that is not stored
  no_store,   // the client's wish
  principal_unknown,
  principal_unproven,
  overload  // nothing is stored, and no upstream is to be asked
};
inline constexpr std::array<const char*, 9> bypass_names = {"method",
                                                            "upgrade",
                                                            "body",
                                                            "condition",
                                                            "range",
                                                            "request-no-store",
                                                            "principal-unknown",
                                                            "principal-unproven",
                                                            "overload"};
constexpr const char* name_of(Bypass why) noexcept {
  return bypass_names[static_cast<std::size_t>(why)];
}

enum class Refresh : std::uint8_t {
  done,
  failed,
  skipped  // too many were under way
};

class Counts {
 public:
  explicit Counts(FilterContext& context);

  void add(const Worker& worker, Tally tally) const noexcept {
    results_[static_cast<std::size_t>(tally)].add(worker.index);
  }
  void bypassed(const Worker& worker, Bypass why) const noexcept {
    add(worker, Tally::bypass);
    bypasses_[static_cast<std::size_t>(why)].add(worker.index);
  }
  void refreshed(const Worker& worker, Refresh how) const noexcept {
    refreshes_[static_cast<std::size_t>(how)].add(worker.index);
  }
  // `why`: a literal of why_not_stored(), or "room".
  void not_stored(const Worker& worker, std::string_view why) const noexcept;
  void invalidated(const Worker& worker, std::size_t count) const noexcept {
    invalidated_.add(worker.index, count);
  }
  // Overload: it was given instead of asking the origin.
  void degraded(const Worker& worker) const noexcept { degraded_.add(worker.index); }

 private:
  const std::array<Counter, 7> results_;
  const std::array<Counter, bypass_names.size()> bypasses_;
  const std::array<Counter, 3> refreshes_;
  const std::array<Counter, 13> not_stored_;
  const Counter invalidated_, degraded_;
};

}  // namespace sluice::filters::cache
