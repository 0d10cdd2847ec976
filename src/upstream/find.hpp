// One look for endpoints in DNS, as an upstream's settings say.
//
//   auto finding = find(settings, names);
//   auto found = co_await finding;               // endpoints, or why there are none
#pragma once
#include "upstream/discovery.hpp"
#include "upstream/lookup.hpp"

namespace sluice::upstream {

// `settings` have `dns` or `srv`; both they and `names` outlive the task.
Task<Finding> find(const config::Discover& settings, NameService& names);

// Priority is tier, weight is weight (RFC 2782). What has no weight among others that have some gets almost
// nothing, at most a hundredth of any other; where nobody has any, all have the same.
EndpointList endpoints_of(const std::vector<Service>& services);

// How long until the next look: what the answer says of itself, within bounds, or `refresh` where that is
// sooner. `known`: there is something to work with meanwhile.
Duration pause_after(bool good, Duration ttl, std::optional<Duration> refresh, bool known) noexcept;

}  // namespace sluice::upstream
