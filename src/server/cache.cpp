#include "server/cache.hpp"

#include <algorithm>

#include "filters/cache/cache_store.hpp"
#include "filters/cache/shared_purges.hpp"
#include "server/build.hpp"

namespace sluice::server {
namespace {

bool is_cache(const config::FilterSettings& filter) noexcept {
  return filter.kind == "cache";
}

bool has_cache(const config::Config& config) {
  auto named = [](auto& policy) { return is_cache(policy.second.filter()); };
  auto of_its_own = [](auto& route) { return std::ranges::any_of(route.second.filters, is_cache); };
  return std::ranges::any_of(config.policies, named) || std::ranges::any_of(config.routes, of_its_own);
}

}  // namespace

Cache build_cache(const config::Config& config, Registries& registries,
                  const std::vector<std::shared_ptr<Background>>& background) {
  Cache cache;
  if (!has_cache(config)) return cache;
  auto& memory = config.cache_memory;
  cache.store = filters::cache::CacheStore::open(registries.keepsakes, {memory.size, memory.max_entry},
                                                 registries.endpoints.workers(), registries.metrics);
  for (auto& source : background)
    if (auto purges = std::dynamic_pointer_cast<filters::cache::SharedPurges>(source)) cache.purges = purges;
  return cache;
}

}  // namespace sluice::server
