// PURGE, the method that many publishing systems forget a page with: by choice, and from known addresses
// alone. It is no method of HTTP's own; where the settings do not name anybody it goes to the upstream as any
// other that is not known here.
//
//   PURGE /news HTTP/1.1   ->   200 {"purged":3}
#pragma once
#include "filters/cache/caching.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::cache {

bool is_purge(const Request& request) noexcept;
// Forgets all forms of the target: 200 with how many there were; 405 for whoever may not.
Verdict answer_purge(Exchange& x, const Caching& caching);

}  // namespace sluice::filters::cache
