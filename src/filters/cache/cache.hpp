// The filter `cache`: answers that are there already, as RFC 9111 allows a shared cache.
//
//   cache: { stale_while_revalidate: 30s, stale_if_error: 5m }
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::cache {

FilterKind cache_filter();

}  // namespace sluice::filters::cache
