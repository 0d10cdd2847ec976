// A request's path in its one spelling (RFC 3986 §6.2.2), so that what is matched is what is sent.
//
//   auto path = normalise_path(raw, limits.merge_slashes, arena);
//   if (!path) refuse(400, path.error().cause);
#pragma once
#include <string_view>

#include "sluice/arena.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

// Decodes unreserved characters, writes other triplets in capitals, removes dot segments and, if asked to,
// doubled slashes. %2F and %5C stay encoded and never separate. Faults (Kind::malformed, Side::downstream):
// no slash at the start, anything but visible ASCII, '#', '?', a raw backslash, %00, a percent sign without
// two hex digits, a segment that is a dot segment once %2F and %5C are decoded or that starts with "..;" or
// ".;". Returns `raw` itself where nothing changes, else a copy in the arena. Idempotent.
Result<std::string_view> normalise_path(std::string_view raw, bool merge_slashes, Arena& arena);

// What follows the path in a target: "" or "?...". As received.
struct SplitTarget {
  std::string_view path;
  std::string_view query;  // without '?'
  bool has_query = false;  // "/a?" is not "/a"
};
SplitTarget split_target(std::string_view target) noexcept;

}  // namespace sluice::http
