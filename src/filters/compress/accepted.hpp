// What a client takes and holds: the lines of its request that say so, noted before other filters and the
// cache change it, and read only for an answer that could be encoded.
//
//   Accepted accepted(x);                                   // in the chain
//   if (auto algorithm = accepted.best(offered)) ...        // on the answer
#pragma once
#include <optional>
#include <span>

#include "filters/compress/settings.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::compress {

class Accepted {
 public:
  explicit Accepted(const Exchange& x);

  // That it likes best of those offered; empty: the answer as it is.
  std::optional<Algorithm> best(std::span<const http::Coding> offered) const noexcept;
  bool no_transform() const noexcept;
  // Whether it holds the state that `tag` names, under a weak tag.
  bool holds_weakly(std::string_view tag) const noexcept;

 private:
  Fields lines_;
};

bool says_no_transform(const Fields& fields) noexcept;

// A part that is asked for on condition of a date (RFC 9110 §13.1.5). A date cannot tell the origin's bytes
// from those that were made of them: the part may not fit what the client holds.
bool asks_by_date(const Fields& request) noexcept;

}  // namespace sluice::filters::compress
