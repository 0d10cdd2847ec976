// The path that is sent on, and the place that a redirect names, made from a route's templates.
#pragma once
#include <string_view>

#include "config/path_pattern.hpp"
#include "http/target.hpp"
#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"
#include "sluice/result.hpp"

namespace sluice::proxy {

// Captures are inserted as they were encoded; a name that was not captured is empty.
std::string_view expand(const config::Template& t, std::span<const PathParameter> parameters, Arena& arena);

// Path and query for the upstream: as they were asked for, or rewritten and normalised again. A rewrite
// keeps the query unless it has a '?' itself. Malformed: the captures made a path that is none.
Result<http::SplitTarget> target_of(const Exchange& x, const Route& route, bool merge_slashes);

// The Location of a redirect, with the query of the request unless the template has one.
std::string_view location_of(const Exchange& x, const Redirect& redirect);

}  // namespace sluice::proxy
