// The filters of a chain for people, a line for each in the order in which they run: phase, policy, kind,
// mode, and what in the file brought it there.
//
//   for (auto& line : describe_chain(config, "get-user", route.chain)) ...
//   // "identity: login (jwt), shadow, from defaults.use"
//
// No setting is in them, so no secret is.
#pragma once
#include <string>
#include <vector>

#include "config/config.hpp"
#include "pipeline/filter_chain.hpp"

namespace sluice::server {

// `route`: whose chain it is; empty: the one of requests without a route.
std::vector<std::string> describe_chain(const config::Config& config, const std::string& route,
                                        const pipeline::FilterChain& chain);

}  // namespace sluice::server
