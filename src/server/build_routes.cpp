#include "server/build_routes.hpp"

#include <algorithm>

#include "server/filters.hpp"

namespace sluice::server {
namespace {

pipeline::FilterChain build_chain(const std::string& name, const config::Route& route, FilterBuild& filters) {
  std::vector<pipeline::Step> steps;
  for (auto& policy : route.policies) steps.push_back(filters.policy(policy));
  for (auto& filter : route.filters) steps.push_back(filters.own(name, filter));
  return pipeline::FilterChain(std::move(steps));
}

proxy::Forward forward_to(const config::Route& route, const Upstreams& upstreams) {
  proxy::Forward forward;
  for (auto& target : route.to) forward.to.push_back({upstreams.at(target.upstream), target.weight});
  return forward;
}

proxy::Respond respond_with(const config::Respond& r) {
  return {.status = r.status, .fields = {r.headers.begin(), r.headers.end()}, .body = r.body};
}

}  // namespace

Route build_route(const std::string& name, const config::Route& route, const config::Config& config,
                  Registries& registries, const Upstreams& upstreams, FilterBuild& filters) {
  Route built;
  built.name = name;
  built.id = registries.metrics.route(name);
  built.chain = build_chain(name, route, filters);
  if (route.respond)
    built.action = respond_with(*route.respond);
  else if (route.redirect)
    built.action = proxy::Redirect{route.redirect->to, route.redirect->status};
  else
    built.action = forward_to(route, upstreams);
  built.rewrite = route.rewrite;
  built.strip_prefix = route.strip_prefix.value_or("");
  built.timeout = route.timeout.value_or(config.defaults.timeout);
  built.timeouts = route.timeouts;
  built.max_body = route.max_body.value_or(config.defaults.max_body);
  if (route.buffer) built.buffer = *route.buffer;
  return built;
}

bool answers_preflight(const config::Route& route, const config::Config& config,
                       std::span<const FilterKind> kinds) {
  auto answers = [&](const config::FilterSettings& filter) {
    return filter.mode != config::Mode::off && find_filter(kinds, filter.kind)->schema.traits.preflight;
  };
  return std::ranges::any_of(route.filters, answers) || std::ranges::any_of(route.policies, [&](auto& name) {
           return answers(config.policies.at(name).filter());
         });
}

pipeline::FilterChain edge_chain(const config::Config& config, FilterBuild& filters) {
  std::vector<pipeline::Step> steps;
  for (auto& policy : config.defaults.use)
    if (auto& step = filters.policy(policy); step.phase == Phase::edge) steps.push_back(step);
  return pipeline::FilterChain(std::move(steps));
}

}  // namespace sluice::server
