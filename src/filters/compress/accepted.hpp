// What a client takes and holds, noted before other filters and the cache change its request.
//
//   Accepted accepted(x, offered);                         // in the chain
//   if (accepted.algorithm) ...                            // on the answer
#pragma once
#include <optional>
#include <span>

#include "filters/compress/settings.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::compress {

struct Accepted {
  std::optional<Algorithm> algorithm;  // that it likes best of those offered; empty: the answer as it is
  bool no_transform;
  Fields held;  // its If-None-Match

  Accepted(const Exchange& x, std::span<const http::Coding> offered);

  // Whether it holds the state that `tag` names, under a weak tag.
  bool holds_weakly(std::string_view tag) const noexcept;
};

bool says_no_transform(const Fields& fields) noexcept;

// A date cannot tell the origin's bytes from those that were made of them, so a part by a date may not fit
// what the client holds: it shall get the whole (RFC 9110 §13.1.5, §14.2). A weakened tag fits nothing by
// itself.
void forget_range_by_date(Fields& request) noexcept;

}  // namespace sluice::filters::compress
