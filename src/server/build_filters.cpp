#include "server/build_filters.hpp"

namespace sluice::server {

const pipeline::Step& FilterBuild::policy(const std::string& name) {
  auto found = policies_.find(name);
  if (found == policies_.end())
    found = policies_.emplace(name, make(name, config_.policies.at(name).filter())).first;
  return found->second;
}

pipeline::Step FilterBuild::own(const std::string& route, const config::FilterSettings& settings) {
  return make(route + '/' + settings.kind, settings);
}

// The configuration was checked against the same table, so every kind is in it.
pipeline::Step FilterBuild::make(const std::string& name, const config::FilterSettings& settings) {
  auto* kind = find_filter(registries_.filters, settings.kind);
  pipeline::Step step;
  auto configured = static_cast<Mode>(settings.mode);
  auto mode = registries_.modes.cell(name, configured);
  step.mode = mode;
  FilterContext context{
      name, registries_.endpoints.workers(), registries_.metrics, registries_.keepsakes, background, errors};
  context.findings = &findings;
  context.stores = &registries_.stores;
  context.adjustables = &adjustables;
  context.mode = step.mode;
  step.filter = kind->make(settings.settings.get(), context);
  step.on_error = static_cast<OnError>(settings.on_error);
  step.phase = kind->phase(settings.settings.get());
  step.name = name;
  step.counts = pipeline::FilterCounts(registries_.metrics, name);
  switched.push_back({name, settings.kind, kind->schema.traits, step.phase, configured, std::move(mode)});
  return step;
}

}  // namespace sluice::server
