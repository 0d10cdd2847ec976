#include "filters/cache/store_shards.hpp"

#include <algorithm>
#include <bit>
#include <mutex>
#include <random>

namespace sluice::filters::cache {
namespace {

constexpr std::uint64_t smallest_shard = 4 << 20;
constexpr std::uint64_t most_shards = 256;
constexpr std::uint64_t usual_entry = 2048;  // for which the tables are made
constexpr std::uint64_t least_bound = 64 << 10;
constexpr int most_steps = 1024;   // to make room for one thing
constexpr int steps_at_once = 16;  // under a lock
constexpr int visits_at_once = 128;

base::HashSeed random_seed() {
  std::random_device device;
  auto word = [&] { return static_cast<std::uint64_t>(device()) << 32 | device(); };
  return {word(), word()};
}

std::size_t shards_for(std::uint64_t most) noexcept {
  return std::bit_floor(std::clamp<std::uint64_t>(most / smallest_shard, 1, most_shards));
}

StoreShard::Sizes sizes_for(std::uint64_t most) noexcept {
  auto entries = std::bit_ceil(std::max(most, least_bound) / usual_entry);
  return {entries, entries, std::max<std::size_t>(entries / 8, 1), entries};
}

StoredResponse& owner_of(StoreShard::KeyHook& hook) noexcept {
  return static_cast<StoredResponse&>(hook);
}
StoredResponse& owner_of(StoreShard::UrlHook& hook) noexcept {
  return static_cast<StoredResponse&>(hook);
}
StoredResponse& owner_of(ChainHook<StoreShard::Tag>& hook) noexcept {
  return *static_cast<StoreShard::Tag&>(hook).owner;
}

bool has_tag(StoredResponse& response, std::string_view name) noexcept {
  return std::ranges::any_of(response.tags(), [name](auto& tag) { return tag.name() == name; });
}

}  // namespace

StoreShards::StoreShards(std::uint64_t most, const Meters& meters)
    : MemoryBound(most, meters.bytes),
      seed_(random_seed()),
      meters_(meters),
      count_(shards_for(most)),
      shards_(std::make_unique<std::unique_ptr<Shard>[]>(count_)) {
  auto sizes = sizes_for(most / count_);
  for (auto& shard : std::span(shards_.get(), count_)) shard = std::make_unique<Shard>(sizes);
  auto tables = count_ * (sizeof(Shard) + sizes.bytes());
  if (take(tables)) own_charge_ = tables;
}

void StoreShards::retire() noexcept {
  purge_prefix({}, Purge::hard);
  give_back(own_charge_);
  close();
}

std::uint64_t StoreShards::hash_url(std::string_view url) const noexcept {
  return base::KeyedHash<>(seed_).add(url).finish();
}

// Of a key that is nothing but a URL both are the same. Flat, since it is most of a look-up.
[[gnu::flatten]] StoreHashes StoreShards::hashes(const CacheKey& key) const noexcept {
  base::KeyedHash<> hash(seed_);
  hash.add(key.url_text());
  auto whole = hash;
  auto url = hash.finish();
  if (key.text.size() == key.url) return {url, url};
  return {url, whole.add(key.text.substr(key.url)).finish()};
}

std::uint32_t StoreShards::hash_tag(std::string_view tag) const noexcept {
  return static_cast<std::uint32_t>(hash_url(tag));
}

void StoreShards::count(std::int64_t entries) noexcept {
  if (entries == 0) return;
  entries_.fetch_add(static_cast<std::uint64_t>(entries), std::memory_order_relaxed);
  meters_.entries.add_elsewhere(entries);
}

void StoreShards::insert_held(StoredResponse& response, const StoreHashes& hashes,
                              Dropped& dropped) noexcept {
  for (auto& tag : response.tags()) tag.hash = hash_tag(tag.name());
  auto before = dropped.count();
  of(hashes).insert(response, hashes, dropped);
  count(1 - static_cast<std::int64_t>(dropped.count() - before));
}

void StoreShards::remove(StoredResponse& response) noexcept {
  auto& shard = of(hashes(response.key()));
  Dropped dropped;
  std::lock_guard held(shard.lock);
  if (!StoreShard::holds(response)) return;
  shard.remove(response, dropped);
  count(-1);
}

void StoreShards::admit(StoredResponse& response) noexcept {
  auto& shard = of(hashes(response.key()));
  std::lock_guard held(shard.lock);
  if (StoreShard::holds(response)) shard.admit(response);
}

void StoreShards::replace(StoredResponse& response, StoredResponse& by) noexcept {
  auto place = hashes(response.key());
  auto& shard = of(place);
  Dropped dropped;
  std::lock_guard held(shard.lock);
  if (!StoreShard::holds(response)) return;
  if (response.stale()) by.mark_stale();
  by.uses.store(response.uses.load(std::memory_order_relaxed), std::memory_order_relaxed);
  insert_held(by, place, dropped);
  shard.admit(by);
}

bool StoreShards::make_room(std::uint64_t bytes) noexcept {
  std::uint64_t all = 0;
  for (auto& shard : std::span(shards_.get(), count_)) all += shard->queued();
  auto enough = used() > bytes ? used() - bytes : 0;
  auto steps = most_steps;
  for (bool fair : {true, false})
    for (std::size_t i = 0; i < count_ && steps > 0; ++i) {
      auto& shard = *shards_[turn_.fetch_add(1, std::memory_order_relaxed) & (count_ - 1)];
      if (shard.queued() == 0 || (fair && shard.queued() * count_ < all)) continue;
      for (; steps > 0 && used() > enough && shard.queued() > 0; steps -= steps_at_once) {
        if (fair && shard.queued() * count_ < all) break;
        evict_from(shard, used() - enough, steps_at_once);
      }
      if (used() <= enough) return true;
    }
  return false;
}

void StoreShards::evict_from(Shard& shard, std::uint64_t bytes, int steps) noexcept {
  Dropped dropped;
  std::lock_guard held(shard.lock);
  shard.evict(bytes, steps, dropped);
  if (dropped.count() == 0) return;
  count(-static_cast<std::int64_t>(dropped.count()));
  meters_.evicted.add_elsewhere(dropped.count());
}

std::size_t StoreShards::purge_held(Shard& shard, StoredResponse& response, Purge how,
                                    Dropped& dropped) noexcept {
  if (how == Purge::soft) {
    if (response.stale()) return 0;
    response.mark_stale();
    return 1;
  }
  shard.remove(response, dropped);
  count(-1);
  return 1;
}

// Some at a time under the lock. The place to go on from is held; where it was taken out meanwhile, from the
// beginning.
template <class First, class Fits>
std::size_t StoreShards::purge_chain(Shard& shard, First first, Fits fits, Purge how) {
  std::size_t purged = 0;
  StoredResponse::Ptr place;
  decltype(first()) hook = nullptr;
  do {
    StoredResponse::Ptr last = std::move(place);
    Dropped dropped;
    std::lock_guard held(shard.lock);
    if (!hook || !hook->before) hook = first();
    for (int left = visits_at_once; hook && left > 0; --left) {
      auto& response = owner_of(*hook);
      hook = hook->next;
      if (fits(response)) purged += purge_held(shard, response, how, dropped);
    }
    if (hook) place = &owner_of(*hook);
  } while (place);
  return purged;
}

std::size_t StoreShards::purge_url(std::string_view url, Purge how) {
  auto hash = hash_url(url);
  auto& shard = of({hash, hash});
  auto is_it = [url](StoredResponse& r) { return r.key().url_text() == url; };
  auto purged = purge_chain(
      shard, [&] { return shard.urls(hash); }, is_it, how);
  meters_.purged.add_elsewhere(purged);
  return purged;
}

std::size_t StoreShards::purge_tag(std::string_view tag, Purge how) {
  auto hash = hash_tag(tag);
  auto has_it = [tag](StoredResponse& r) { return has_tag(r, tag); };
  std::size_t purged = 0;
  for (auto& shard : std::span(shards_.get(), count_))
    purged += purge_chain(
        *shard, [&] { return shard->tags(hash); }, has_it, how);
  meters_.purged.add_elsewhere(purged);
  return purged;
}

std::size_t StoreShards::purge_prefix(std::string_view prefix, Purge how) {
  auto begins_so = [prefix](StoredResponse& r) { return r.key().url_text().starts_with(prefix); };
  std::size_t purged = 0;
  for (auto& shard : std::span(shards_.get(), count_))
    for (std::size_t i = 0; i < shard->key_buckets(); ++i)
      purged += purge_chain(
          *shard, [&] { return shard->keys(i); }, begins_so, how);
  meters_.purged.add_elsewhere(purged);
  return purged;
}

}  // namespace sluice::filters::cache
