// The filters' part of a build: steps of chains, from policies and from what routes have of their own.
//
//   FilterBuild filters(config, registries);
//   auto step = filters.policy("login");                       // one filter, however many routes use it
//   auto own = filters.own("get-user", route.filters.front());
//   filters.background, .adjustables, .switched, .errors       // what the making left behind
#pragma once
#include <map>

#include "pipeline/filter_chain.hpp"
#include "server/build.hpp"

namespace sluice::server {

class FilterBuild {
 public:
  FilterBuild(const config::Config& config, Registries& registries)
      : config_(config), registries_(registries) {}
  FilterBuild(const FilterBuild&) = delete;

  const pipeline::Step& policy(const std::string& name);
  pipeline::Step own(const std::string& route, const config::FilterSettings& settings);

  std::vector<std::shared_ptr<Background>> background;
  std::vector<std::shared_ptr<Adjustable>> adjustables;
  std::vector<SwitchedFilter> switched;
  std::vector<std::string> errors;
  FilterFindings findings;

 private:
  pipeline::Step make(const std::string& name, const config::FilterSettings& settings);

  const config::Config& config_;
  Registries& registries_;
  std::map<std::string, pipeline::Step> policies_;
};

}  // namespace sluice::server
