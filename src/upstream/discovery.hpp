// Discovery: keeps the last good answer of a name. No I/O.
//
//   Discovery known;
//   if (auto changed = known.take(answer)) use(*changed);    // only what is new, never an empty answer
#pragma once
#include <optional>

#include "upstream/lookup.hpp"

namespace sluice::upstream {

class Discovery {
 public:
  // The answer, where it differs from the one before. A failure or an empty answer changes nothing.
  const Addresses* take(const Result<Addresses>& answer);

  const Addresses& addresses() const noexcept { return addresses_; }
  // Answers in a row that were of no use, and why the last one was.
  std::uint32_t failures() const noexcept { return failures_; }
  const char* cause() const noexcept { return cause_; }

 private:
  Addresses addresses_;
  std::uint32_t failures_ = 0;
  const char* cause_ = "";
};

}  // namespace sluice::upstream
