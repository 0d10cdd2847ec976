// What is decided before any filter runs: answers that need no route, and which route it is.
#pragma once
#include <string_view>

#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

// Answers at once: TRACE (405), `OPTIONS *` (204), a request that came back (508), a listener that only
// redirects (308), a body whose announced length is over the route's limit (413). Otherwise sets route, its
// name and parameters; where none matches it returns the Allow field's value, empty if no method would do.
std::string_view admit(Exchange& x, const Snapshot& snapshot);

// After the edge filters: 404, or 405 where there are methods to allow.
void refuse_unrouted(Exchange& x, std::string_view allow) noexcept;

}  // namespace sluice::proxy
