// The routes' part of a build: chains, actions, limits.
#pragma once
#include <map>

#include "server/build.hpp"

namespace sluice::server {

using Upstreams = std::map<std::string, std::shared_ptr<upstream::Upstream>>;

Route build_route(const std::string& name, const config::Route& route, const config::Config& config,
                  Registries& registries, const Upstreams& upstreams);

// What runs where no route matches: the edge filters of `defaults.use`.
pipeline::FilterChain edge_chain(const config::Config& config, Registries& registries);

}  // namespace sluice::server
