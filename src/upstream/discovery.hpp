// Discovery: the last good answer for a name. No I/O.
//
//   Discovery discovery(known_before);
//   if (discovery.take(answer)) use(discovery.addresses());     // only where it changed, and never empty
#pragma once
#include "upstream/lookup.hpp"

namespace sluice::upstream {

class Discovery {
 public:
  explicit Discovery(Addresses known = {}) noexcept : addresses_(std::move(known)) {}

  // True: `addresses` have changed. A failure, or an answer without any, changes nothing.
  bool take(const Result<Addresses>& answer);

  const Addresses& addresses() const noexcept { return addresses_; }
  // Answers in a row that were of no use, and why the last one was; empty after a good one.
  std::uint32_t failures() const noexcept { return failures_; }
  const char* cause() const noexcept { return cause_; }

 private:
  Addresses addresses_;
  std::uint32_t failures_ = 0;
  const char* cause_ = "";
};

}  // namespace sluice::upstream
