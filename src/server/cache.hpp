// The process's cache, as the admin endpoint sees it: one store for all policies, and the log of purges that
// replicas share.
//
//   built.cache = build_cache(config, registries, built.background);
//   if (auto& store = built.cache.store) store->bytes() ...
#pragma once
#include <memory>
#include <vector>

#include "config/config.hpp"
#include "sluice/background.hpp"

namespace sluice::filters::cache {
class CacheStore;
class SharedPurges;
}  // namespace sluice::filters::cache

namespace sluice::server {

struct Registries;

struct Cache {
  std::shared_ptr<filters::cache::CacheStore> store;     // null: no policy keeps anything
  std::shared_ptr<filters::cache::SharedPurges> purges;  // null: nobody shares what is kept
};

// Once the filters are made: what they opened.
Cache build_cache(const config::Config& config, Registries& registries,
                  const std::vector<std::shared_ptr<Background>>& background);

}  // namespace sluice::server
