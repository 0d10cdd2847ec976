// The filter `concurrency`: so many requests in flight, a bounded line of those that wait, by key.
//
//   concurrency: { key: route, max: 100, queue: 50, queue_timeout: 1s }
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::concurrency {

FilterKind concurrency_filter();

}  // namespace sluice::filters::concurrency
