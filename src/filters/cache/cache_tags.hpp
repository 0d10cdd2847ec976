// By which tags an origin lets a response be purged: Surrogate-Key, separated by spaces, and Cache-Tag,
// separated by commas.
//
//   head.tags = cache_tags(response.fields);       // views into the fields; none twice
#pragma once
#include <string_view>
#include <vector>

#include "sluice/http.hpp"

namespace sluice::filters::cache {

std::vector<std::string_view> cache_tags(const Fields& response);

}  // namespace sluice::filters::cache
