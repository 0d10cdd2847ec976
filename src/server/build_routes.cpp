#include "server/build_routes.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "pipeline/any_identity.hpp"
#include "proxy/mirror.hpp"
#include "proxy/persistence.hpp"
#include "proxy/split.hpp"
#include "server/filters.hpp"

namespace sluice::server {
namespace {

// One step in the place of all that find out who is asking.
void make_alternatives(std::vector<pipeline::Step>& steps, const std::string& route) {
  auto identifies = [](const pipeline::Step& step) { return step.phase == Phase::identity; };
  auto first = std::ranges::stable_partition(steps, std::not_fn(identifies)).begin();
  std::vector<pipeline::Step> alternatives(std::make_move_iterator(first),
                                           std::make_move_iterator(steps.end()));
  steps.erase(first, steps.end());
  pipeline::Step any;
  any.filter = std::make_shared<const pipeline::AnyIdentity>(std::move(alternatives));
  any.mode = std::make_shared<const std::atomic<Mode>>(Mode::enforce);
  any.phase = Phase::identity;
  any.name = route + "/identity";
  steps.push_back(std::move(any));
}

pipeline::FilterChain build_chain(const std::string& name, const config::Route& route, FilterBuild& filters) {
  std::vector<pipeline::Step> steps;
  for (auto& policy : route.policies) steps.push_back(filters.policy(policy));
  for (auto& filter : route.filters) steps.push_back(filters.own(name, filter));
  for (auto& filter : route.require) steps.push_back(filters.own(name, filter));
  if (route.identity == config::Identity::any) make_alternatives(steps, name);
  return pipeline::FilterChain(std::move(steps));
}

// What runs where there is too much to do; nothing where no filter is optional.
std::optional<pipeline::FilterChain> reduced_chain(const pipeline::FilterChain& chain,
                                                   const config::Route& route, const config::Config& config,
                                                   const std::string& name) {
  std::set<std::string> optional;
  for (auto& policy : route.policies)
    if (config.policies.at(policy).filter().optional) optional.insert(policy);
  for (auto& filter : route.filters)
    if (filter.optional) optional.insert(name + '/' + filter.kind);
  if (optional.empty()) return std::nullopt;
  auto steps = chain.steps();
  std::erase_if(steps, [&](auto& step) { return optional.contains(step.name); });
  return pipeline::FilterChain(std::move(steps));
}

proxy::Forward forward_to(const config::Route& route, const Upstreams& upstreams,
                          std::shared_ptr<const proxy::Split> split) {
  proxy::Forward forward;
  forward.split = std::move(split);
  for (auto& target : route.to) {
    forward.to.push_back({upstreams.at(target.read.value_or(target.upstream)), target.weight});
    if (target.write) forward.write = upstreams.at(*target.write);
  }
  return forward;
}

std::shared_ptr<const proxy::Split> split_of(const std::string& name, const config::Route& route,
                                             Registries& registries, std::vector<SplitRoute>& splits) {
  if (route.to.size() < 2) return nullptr;
  std::vector<std::string> sides;
  proxy::Weights::Table configured;
  for (auto& target : route.to) {
    sides.push_back(target.upstream);
    configured[target.upstream] = target.weight;
  }
  auto weights = registries.splits.weights(name, configured, registries.endpoints.workers());
  splits.push_back({name, weights});
  return std::make_shared<const proxy::Split>(route.split.value_or(config::Split()), sides,
                                              std::move(weights), name, registries.metrics);
}

// How many are under way counts on over a reload.
std::shared_ptr<const proxy::Mirror> mirror_of(const std::string& name, const config::Route& route,
                                               Registries& registries, const Upstreams& upstreams) {
  if (!route.mirror) return nullptr;
  using proxy::Mirror;
  auto in_flight = registries.keepsakes.keep<Mirror::Level>(
      "mirror/" + name, [] { return std::make_shared<Mirror::Level>(0); });
  return std::make_shared<const Mirror>(*route.mirror, upstreams.at(route.mirror->to), std::move(in_flight),
                                        name, registries.metrics);
}

std::shared_ptr<const proxy::Persistence> persistence_of(const config::Route& route) {
  if (!route.retry && !route.hedge) return nullptr;
  auto rules = route.retry ? proxy::RetryRules(*route.retry) : proxy::RetryRules();
  return std::make_shared<const proxy::Persistence>(proxy::Persistence{std::move(rules), route.hedge});
}

proxy::Respond respond_with(const config::Respond& r) {
  return {.status = r.status, .fields = {r.headers.begin(), r.headers.end()}, .body = r.body};
}

void degrade(Route& built, const config::Route& route, const config::Config& config) {
  built.importance = route.importance;
  for (auto& step : route.degrade)
    if (step.respond)
      built.shed_answer = respond_with(*step.respond);
    else if (step.step == config::Relief::serve_stale)
      built.serves_stale = true;
    else
      built.reduced_chain = reduced_chain(built.chain, route, config, built.name);
}

}  // namespace

Route build_route(const std::string& name, const config::Route& route, const config::Config& config,
                  Registries& registries, const Upstreams& upstreams, FilterBuild& filters,
                  std::vector<SplitRoute>& splits) {
  Route built;
  built.name = name;
  built.id = registries.metrics.route(name);
  built.chain = build_chain(name, route, filters);
  if (route.respond)
    built.action = respond_with(*route.respond);
  else if (route.redirect)
    built.action = proxy::Redirect{route.redirect->to, route.redirect->status};
  else
    built.action = forward_to(route, upstreams, split_of(name, route, registries, splits));
  degrade(built, route, config);
  built.rewrite = route.rewrite;
  built.strip_prefix = route.strip_prefix.value_or("");
  built.timeout = route.timeout.value_or(config.defaults.timeout);
  built.timeouts = route.timeouts;
  built.persistence = persistence_of(route);
  if (route.faults) built.faults = std::make_shared<const config::Rehearsal>(*route.faults);
  built.mirror = mirror_of(name, route, registries, upstreams);
  if (route.deadline) built.deadline_field.emplace(route.deadline->header);
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
