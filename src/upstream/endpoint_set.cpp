#include "upstream/endpoint_set.hpp"

#include <algorithm>

namespace sluice::upstream {

EndpointSet::EndpointSet(std::vector<Member> members) : members_(std::move(members)) {
  std::uint64_t sum = 0;
  sums_.reserve(members_.size());
  for (auto& m : members_) sums_.push_back(sum += m.weight);
}

std::size_t EndpointSet::at_weight(std::uint64_t point) const noexcept {
  return static_cast<std::size_t>(std::ranges::upper_bound(sums_, point) - sums_.begin());
}

}  // namespace sluice::upstream
