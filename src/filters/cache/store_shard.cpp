#include "filters/cache/store_shard.hpp"

namespace sluice::filters::cache {
namespace {

template <class Hook>
void link(Hook*& first, Hook& hook) noexcept {
  hook.next = first;
  hook.before = &first;
  if (first) first->before = &hook.next;
  first = &hook;
}

template <class Which>
void unlink(ChainHook<Which>& hook) noexcept {
  *hook.before = hook.next;
  if (hook.next) hook.next->before = hook.before;
  hook.before = nullptr;
}

bool is_of(const StoredResponse& r, std::uint64_t hash, std::string_view key) noexcept {
  return r.hash == hash && r.key().text == key;
}

}  // namespace

Dropped::~Dropped() {
  while (ring_.linked()) {
    auto* response = static_cast<StoredResponse*>(static_cast<S3Fifo::Node*>(ring_.next()));
    response->unlink();
    intrusive_ptr_release(response);
  }
}

std::size_t StoreShard::Sizes::bytes() const noexcept {
  return (keys + urls + tags) * sizeof(void*) + Ghosts::bytes(ghosts);
}

StoreShard::StoreShard(const Sizes& sizes)
    : sizes_(sizes),
      keys_(std::make_unique<KeyHook*[]>(sizes.keys)),
      urls_(std::make_unique<UrlHook*[]>(sizes.urls)),
      tags_(std::make_unique<ChainHook<Tag>*[]>(sizes.tags)),
      queue_(sizes.ghosts) {}

void StoreShard::collect(std::uint64_t hash, std::string_view key, Candidates& found) noexcept {
  for (auto* hook = keys(hash & (sizes_.keys - 1)); hook && !found.full(); hook = hook->next) {
    auto& response = static_cast<StoredResponse&>(*hook);
    if (!is_of(response, hash, key) || !response.body().is_servable()) continue;
    found.add(response);
    if (response.variant().empty()) return;  // it answers every request
  }
}

void StoreShard::insert(StoredResponse& response, const StoreHashes& hashes, Dropped& dropped) noexcept {
  make_place(response, hashes.key, dropped);
  response.hash = hashes.key;
  intrusive_ptr_add_ref(&response);
  link(keys_[hashes.key & (sizes_.keys - 1)], static_cast<KeyHook&>(response));
  link(urls_[hashes.url & (sizes_.urls - 1)], static_cast<UrlHook&>(response));
  for (auto& tag : response.tags())
    link(tags_[tag.hash & (sizes_.tags - 1)], static_cast<ChainHook<Tag>&>(tag));
  ++version_;
}

// What it replaces goes, and so do the oldest where there are too many.
void StoreShard::make_place(StoredResponse& newcomer, std::uint64_t hash, Dropped& dropped) noexcept {
  auto key = newcomer.key().text;
  std::size_t others = 0;
  for (auto* hook = keys(hash & (sizes_.keys - 1)); hook;) {
    auto& old = static_cast<StoredResponse&>(*hook);
    hook = hook->next;
    if (!is_of(old, hash, key)) continue;
    bool replaced = old.variant() == newcomer.variant();
    if (!replaced && ++others < max_variants) continue;
    if (replaced) queue_.remember_place(old);
    remove(old, dropped);
  }
}

void StoreShard::remove(StoredResponse& response, Dropped& dropped) noexcept {
  unlink(static_cast<KeyHook&>(response));
  unlink(static_cast<UrlHook&>(response));
  for (auto& tag : response.tags()) unlink(static_cast<ChainHook<Tag>&>(tag));
  if (response.queue != S3Fifo::Queue::none) queue_.remove(response);
  count_queued();
  dropped.add(response);
}

void StoreShard::admit(StoredResponse& response) noexcept {
  queue_.add(response, response.footprint());
  count_queued();
}

void StoreShard::evict(std::uint64_t wanted, int& steps, Dropped& dropped) noexcept {
  auto is_pinned = [](S3Fifo::Node& node) { return !static_cast<StoredResponse&>(node).unused(); };
  for (std::uint64_t freed = 0; freed < wanted;) {
    auto* victim = queue_.evict(is_pinned, steps);
    if (!victim) return;
    freed += victim->weight;
    remove(static_cast<StoredResponse&>(*victim), dropped);
  }
}

}  // namespace sluice::filters::cache
