// Which of two routes wins, and which pairs of routes would leave that open. Pure; the router sorts by it and
// the loader refuses what it cannot decide.
//
//   if (may_meet(a, b) && compare(a, b) == Order::tie) refuse();     // both can match one request equally
//   well
//
// The order: priority; exact host over wildcard (longer over shorter) over none; path segments from the left,
// the end over literal over capture over rest; more conditions over fewer, where methods, listeners and each
// header and query key are one condition. Two path_regex are alike as paths; one and a path pattern are not
// compared.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace sluice::config {

enum class Order : std::uint8_t { first, second, tie };

// Who wins where both match. A strict weak order among routes with path_regex, and among those without.
Order compare(const Route& a, const Route& b);

// False only where no request can match both: other hosts, paths, methods, listeners, or other values of one
// field or query key. Where a regex leaves it open: true.
bool may_meet(const Route& a, const Route& b);

// How many conditions a route has besides host and path.
std::size_t condition_count(const Route& r);

struct NamedRoute {
  std::string_view name;
  const Route* route;
};

// The pairs that can match one request equally well, each with the smaller index first.
std::vector<std::pair<std::size_t, std::size_t>> conflicts(std::span<const NamedRoute> routes);

}  // namespace sluice::config
