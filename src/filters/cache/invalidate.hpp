// Requests that change something (RFC 9111 §4.4): where the origin answers without an error, what is stored
// of their target is out of date, and of what Location and Content-Location of the answer name, where that is
// of the same origin. In every form: of all callers, variants and policies.
#pragma once
#include "filters/cache/caching.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::cache {

// Leaves the work to be done once there is an answer.
void invalidate_after(Exchange& x, const Caching& caching);

}  // namespace sluice::filters::cache
