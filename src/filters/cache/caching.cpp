#include "filters/cache/caching.hpp"

namespace sluice::filters::cache {
namespace {

std::optional<Seconds> in_seconds(const std::optional<Duration>& d) {
  if (!d) return std::nullopt;
  return std::chrono::ceil<Seconds>(*d);
}

std::shared_ptr<CacheStore> store_of(FilterContext& context) {
  CacheMemory memory;
  if (context.stores) memory = {context.stores->cache_size, context.stores->cache_max_entry};
  return CacheStore::open(context.keepsakes, memory, context.workers, context.meter);
}

}  // namespace

Caching::Caching(const Settings& s, FilterContext& context)
    : keys(context.name, s),
      ttl(s.ttl.rules()),
      stale_while_revalidate(in_seconds(s.stale_while_revalidate)),
      stale_if_error(in_seconds(s.stale_if_error)),
      shared(s.shared),
      private_only(s.private_by.has_value()),
      collapse_timeout(s.collapse_timeout),
      purgers(s.purge_method),
      tells(s.cache_status),
      store(store_of(context)),
      tier(s.has_tier(Tier::redis) ? SecondTier::open(context, store) : nullptr),
      counts(context),
      marks(context.workers),
      refreshing(context.workers) {}

std::size_t Caching::forget(Worker& worker, PurgeRule rule) const {
  return tier ? tier->purges()->forget(worker, std::move(rule)) : purge(*store, rule);
}

}  // namespace sluice::filters::cache
