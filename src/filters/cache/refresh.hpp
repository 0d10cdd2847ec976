// Fetching a newer answer while the stale one is given (RFC 5861 §3): once for a key at a time, in the
// background, a bounded number on each worker.
//
//   serve_stored(x, stored, age);
//   refresh_behind(x, caching, stored);
#pragma once
#include "filters/cache/caching.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::cache {

inline constexpr unsigned most_refreshes = 64;  // on one worker, for one policy

void refresh_behind(Exchange& x, const Caching& caching, const StoredPtr& stored);

}  // namespace sluice::filters::cache
