// The routes' part of a build: chains, actions, limits.
#pragma once
#include <map>

#include "server/build_filters.hpp"

namespace sluice::server {

using Upstreams = std::map<std::string, std::shared_ptr<upstream::Upstream>>;

// `splits`: where it goes if it is one that divides its callers.
Route build_route(const std::string& name, const config::Route& route, const config::Config& config,
                  Registries& registries, const Upstreams& upstreams, FilterBuild& filters,
                  std::vector<SplitRoute>& splits);

// One of its filters answers CORS preflights, so they come to it by the method that they ask for.
bool answers_preflight(const config::Route& route, const config::Config& config,
                       std::span<const FilterKind> kinds);

// What runs where no route matches: the edge filters of `defaults.use`.
pipeline::FilterChain edge_chain(const config::Config& config, FilterBuild& filters);

}  // namespace sluice::server
