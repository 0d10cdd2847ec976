// What one policy's cache consists of. The filter's parts share it; it lives as long as the filter, which the
// snapshot of every exchange keeps.
#pragma once
#include <memory>
#include <vector>

#include "filters/cache/cache_store.hpp"
#include "filters/cache/counts.hpp"
#include "filters/cache/key.hpp"
#include "filters/cache/marks.hpp"
#include "filters/cache/purge_rule.hpp"
#include "filters/cache/second_tier.hpp"
#include "filters/cache/settings.hpp"

namespace sluice::filters::cache {

struct Caching {
  Caching(const Settings& settings, FilterContext& context);
  Caching(const Caching&) = delete;

  FreshnessRules rules() const noexcept { return {ttl, stale_while_revalidate, stale_if_error}; }
  // Carries a purge out, in all replicas where they share a store. What was here is gone when it returns.
  std::size_t forget(Worker& worker, PurgeRule rule) const;

  const KeyMaker keys;
  const std::vector<StatusTtl> ttl;
  const std::optional<Seconds> stale_while_revalidate, stale_if_error;
  const bool shared;        // whatever the origin says of it
  const bool private_only;  // each caller's are its own
  const Duration collapse_timeout;
  const std::vector<Cidr> purgers;
  const bool tells;  // in Cache-Status
  const std::shared_ptr<CacheStore> store;
  const std::shared_ptr<SecondTier> tier;  // null: there is memory alone
  const Counts counts;
  mutable Marks marks;
  mutable WorkerLocal<unsigned> refreshing;
};

}  // namespace sluice::filters::cache
