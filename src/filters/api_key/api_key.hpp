// The filter `api_key`: who is asking, by a key that only its owner and nobody else, the gateway included,
// knows. What is kept of a key is its SHA-256.
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::api_key {

FilterKind api_key_filter();

}  // namespace sluice::filters::api_key
