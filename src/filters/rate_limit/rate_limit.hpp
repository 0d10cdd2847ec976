// The filter `rate_limit`: buckets of tokens, by key.
//
//   rate_limit: { key: [principal, client.ip], limits: [{ rate: 10/s, burst: 20 }, 1000/h] }
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::rate_limit {

FilterKind rate_limit_filter();

}  // namespace sluice::filters::rate_limit
