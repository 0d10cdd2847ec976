#include "server/explain_chain.hpp"

#include <algorithm>

#include "filters/cache/key.hpp"
#include "pipeline/any_identity.hpp"
#include "server/modes.hpp"

namespace sluice::server {
namespace {

class Chain {
 public:
  Chain(const config::Config& config, const std::string& route)
      : config_(config), route_(route.empty() ? nullptr : &config.routes.at(route)) {}

  void describe(const pipeline::Step& step) {
    auto what = std::string(name_of(step.phase)) + ": " + step.name;
    auto* any = dynamic_cast<const pipeline::AnyIdentity*>(step.filter.get());
    if (!any) {
      lines.push_back(what + describe_own(step));
      return;
    }
    lines.push_back(what + ", any of these");
    for (auto& alternative : any->alternatives()) describe(alternative.steps().front());
  }

  std::vector<std::string> lines;

 private:
  // An inline filter is named "route/kind"; no policy's name has a slash.
  std::string describe_own(const pipeline::Step& step) const {
    auto slash = step.name.find('/');
    bool is_policy = slash == step.name.npos;
    auto kind = is_policy ? config_.policies.at(step.name).filter().kind : step.name.substr(slash + 1);
    return " (" + kind + "), " + std::string(name_of(*step.mode)) + ", from " +
           (is_policy ? source_of_policy(step.name) : source_of_inline(kind)) + describe_key(step.name, kind);
  }

  // Of a cache: what two requests have to have in common.
  std::string describe_key(const std::string& name, const std::string& kind) const {
    if (kind != "cache") return {};
    auto policy = config_.policies.find(name);
    auto& filter = policy != config_.policies.end()
                       ? policy->second.filter()
                       : *std::ranges::find(route_->filters, kind, &config::FilterSettings::kind);
    auto& settings = *static_cast<const filters::cache::Settings*>(filter.settings.get());
    return ", key: " + filters::cache::KeyMaker(name, settings).describe();
  }

  const char* source_of_policy(const std::string& name) const {
    if (!route_ || !route_->use) return "defaults.use";
    auto& use = *route_->use;
    auto is_there = [&](const std::string& as) { return std::ranges::find(use, as) != use.end(); };
    return is_there(name) || is_there('+' + name) ? "use" : "defaults.use";
  }
  const char* source_of_inline(const std::string& kind) const {
    return std::ranges::find(route_->filters, kind, &config::FilterSettings::kind) != route_->filters.end()
               ? "filters"
               : "require";
  }

  const config::Config& config_;
  const config::Route* route_;
};

}  // namespace

std::vector<std::string> describe_chain(const config::Config& config, const std::string& route,
                                        const pipeline::FilterChain& chain) {
  Chain described(config, route);
  for (auto& step : chain.steps()) described.describe(step);
  return std::move(described.lines);
}

}  // namespace sluice::server
