#include "filters/cache/cache_store.hpp"

#include <mutex>

#include "filters/cache/fill.hpp"
#include "filters/cache/flights.hpp"
#include "filters/cache/vary.hpp"

namespace sluice::filters::cache {
namespace {

StoreShards::Meters meters_of(Meter& meter) {
  return {meter.gauge(
              {"sluice_cache_bytes", "Bytes that the memory store holds, all that it needs counted.", {}}),
          meter.gauge({"sluice_cache_entries", "Responses in the memory store.", {}}),
          meter.counter({"sluice_cache_evictions_total", "Responses that made room for others.", {}}),
          meter.counter({"sluice_cache_purged_total", "Responses that were purged, softly too.", {}})};
}

bool answers(const StoredResponse& stored, const Fields& request) noexcept {
  if (stored.variant().empty()) return true;
  auto fields = stored.fields();
  return same_variant(stored.variant(), request,
                      {.content_language = fields.get(FieldId::content_language),
                       .content_range = fields.get(FieldId::content_range),
                       .size = stored.length()});
}

// By what is known of the key: the request's values of what the newest response varies on.
std::string variant_for(const StoredPtr& newest, const Fields& request) {
  if (!newest || newest->variant().empty()) return {};
  Arena arena;
  Fields vary(arena);
  for (Field f : newest->fields())
    if (f.id == FieldId::vary) vary.add(f.id, f.name, f.value);
  return variant_of(read_vary(newest->status(), vary), request);
}

}  // namespace

std::shared_ptr<CacheStore> CacheStore::open(Keepsakes& keepsakes, const CacheMemory& settings,
                                             unsigned workers, Meter& meter) {
  auto store = keepsakes.keep<CacheStore>(
      "cache_memory", [&] { return std::make_shared<CacheStore>(settings, workers, meter); });
  store->max_entry_.store(settings.max_entry.bytes, std::memory_order_relaxed);
  return store;
}

CacheStore::CacheStore(const CacheMemory& settings, unsigned, Meter& meter)
    : fills_(meter.gauge({"sluice_cache_fills", "Bodies that are being stored.", {}})),
      max_entry_(settings.max_entry.bytes),
      shards_(new StoreShards(settings.size.bytes, meters_of(meter))) {}

CacheStore::~CacheStore() = default;

// ---- looking

StoredPtr CacheStore::find(const CacheKey& key, const Fields& request) const noexcept {
  auto hashes = shards_->hashes(key);
  auto& shard = shards_->of(hashes);
  Candidates found;
  {
    std::lock_guard held(shard.lock);
    shard.collect(hashes.key, key.text, found);
  }
  while (auto candidate = found.next())
    if (answers(*candidate, request)) {
      candidate->touch();
      return candidate;
    }
  return nullptr;
}

CacheStore::Found CacheStore::search(const CacheKey& key, const StoreHashes& hashes,
                                     const Fields& request) const noexcept {
  auto& shard = shards_->of(hashes);
  Found result;
  Candidates found;
  {
    std::lock_guard held(shard.lock);
    shard.collect(hashes.key, key.text, found);
    result.version = shard.version();
  }
  while (auto candidate = found.next()) {
    if (!result.newest) result.newest = candidate;
    if (!answers(*candidate, request)) continue;
    result.match = std::move(candidate);
    break;
  }
  return result;
}

// What stands there, the lead, or a seat among those who wait for it: whichever holds at one moment under the
// lock. Null `seen`: whatever is stored is of no interest; null `sitting`: nobody waits.
Turn CacheStore::look(const CacheKey& key, const Fields& request, const StoredPtr* seen,
                      Sitting<Turn>* sitting) {
  auto hashes = shards_->hashes(key);
  auto& shard = shards_->of(hashes);
  for (;;) {
    auto found = search(key, hashes, request);
    if (seen && found.match && found.match != *seen) return {std::move(found.match), Lead(), false};
    auto flight = std::make_shared<Flight>(key, hashes, variant_for(found.newest, request));
    std::lock_guard held(shard.lock);
    if (shard.version() != found.version) continue;
    if (auto* under_way = shard.flights.find(*flight)) {
      if (sitting) sitting->down_held(under_way->waiting);
      return {};
    }
    flight->began = purges_.now();
    shard.flights.add(*flight);
    return {nullptr, Lead(shared_from_this(), std::move(flight)), false};
  }
}

Eventual<Result<Turn>> CacheStore::join(Worker& worker, const CacheKey& key, const Fields& request,
                                        TimePoint until, StoredPtr seen) {
  if (auto turn = look(key, request, &seen, nullptr)) return Result<Turn>(std::move(turn));
  return wait(shared_from_this(), worker, key, request, until, std::move(seen));
}

Lead CacheStore::try_lead(const CacheKey& key, const Fields& request) {
  return look(key, request, nullptr, nullptr).lead;
}

Task<Result<Turn>> CacheStore::wait(std::shared_ptr<CacheStore> self, Worker& worker, CacheKey key,
                                    const Fields& request, TimePoint until, StoredPtr seen) {
  Within<Turn> bounded(worker.timers, until, self->take_turns(worker, key, request, std::move(seen)));
  co_return co_await bounded;
}

Task<Result<Turn>> CacheStore::take_turns(Worker& worker, CacheKey key, const Fields& request,
                                          StoredPtr seen) {
  for (;;) {
    Sitting<Turn> sitting(worker, shards_->of(shards_->hashes(key)).lock);
    if (auto turn = look(key, request, &seen, &sitting)) co_return turn;
    auto answer = co_await sitting.answer;
    if (!answer || !answer->stored || answers(*answer->stored, request)) co_return answer;
    // An answer to others than this request: what it varies on is known now.
  }
}

// ---- leading

void CacheStore::answer_all(Flight& flight, const StoredPtr& stored) {
  auto& shard = shards_->of(flight.hashes());
  for (;;) {
    std::unique_lock held(shard.lock);
    auto seat = next_seat<Turn>(flight.waiting);
    held.unlock();
    if (!seat) return;
    Seat<Turn>::answer(std::move(seat), Turn{stored, Lead(), stored != nullptr});
  }
}

// The lead goes to who waits longest, wherever that is; where it died meanwhile, its lead dies with the
// letter and comes here again.
void CacheStore::hand_over(std::shared_ptr<Flight> flight) {
  auto& shard = shards_->of(flight->hashes());
  std::unique_lock held(shard.lock);
  auto next = next_seat<Turn>(flight->waiting);
  if (!next) return flight->unlink();
  flight->began = purges_.now();
  held.unlock();
  Seat<Turn>::answer(std::move(next), Turn{nullptr, Lead(shared_from_this(), std::move(flight)), false});
}

// The end of a flight: its answer can be found by others the moment that nobody can join it any more. Null:
// there is nothing to be found.
void CacheStore::settle(Flight& flight, const StoredResponse::Ptr& answer) {
  {
    auto& shard = shards_->of(flight.hashes());
    Dropped dropped;
    std::lock_guard held(shard.lock);
    flight.unlink();
    if (answer) {
      auto verdict = purges_.verdict(flight.began, *answer);
      if (verdict == PurgeLog::Verdict::mark_stale) answer->mark_stale();
      if (verdict != PurgeLog::Verdict::drop) shards_->insert_held(*answer, flight.hashes(), dropped);
    }
  }
  answer_all(flight, answer);
}

StoredPtr CacheStore::fill(Flight& flight, Worker& worker, const StoredHead& head, BodyPtr& body,
                           SnapshotPin& pin) {
  auto most = max_entry_.load(std::memory_order_relaxed);
  bool is_too_long = head.length != unknown_length && head.length > most;
  auto entry = is_too_long ? nullptr : StoredResponse::make(*shards_, flight.key(), head, most);
  if (!entry || !entry->body().begin(worker, most)) {
    settle(flight, nullptr);
    return nullptr;
  }
  settle(flight, entry);
  if (body) {
    auto fill = std::make_unique<Fill>(shared_from_this(), entry, worker, std::move(body), std::move(pin));
    worker.background.spawn(run_fill(std::move(fill)));
  } else {
    entry->body().finish();
    complete(entry);
  }
  return entry;
}

StoredPtr CacheStore::refresh(Flight& flight, const StoredPtr& stored, const StoredHead& head) {
  auto entry = stored->complete() ? StoredResponse::make(*shards_, flight.key(), head, stored) : nullptr;
  settle(flight, entry);
  if (entry) shards_->admit(*entry);
  return entry;
}

// A body that came in blocks, and fills them badly, is stored anew in one piece.
void CacheStore::complete(const StoredResponse::Ptr& filled) {
  auto blocks = filled->body().blocks_size();
  bool is_wasteful = blocks > 0 && blocks - filled->length() > filled->length() / 8;
  auto exact = is_wasteful ? StoredResponse::in_one_piece(*shards_, *filled) : nullptr;
  if (exact)
    shards_->replace(*filled, *exact);
  else
    shards_->admit(*filled);
}

// ---- purging: the log first, for what is still to come

std::size_t CacheStore::purge_url(std::string_view url, Purge how) {
  purges_.add(PurgeLog::Kind::url, url, how);
  return shards_->purge_url(url, how);
}

std::size_t CacheStore::purge_prefix(std::string_view prefix, Purge how) {
  purges_.add(PurgeLog::Kind::prefix, prefix, how);
  return shards_->purge_prefix(prefix, how);
}

std::size_t CacheStore::purge_tag(std::string_view tag, Purge how) {
  purges_.add(PurgeLog::Kind::tag, tag, how);
  return shards_->purge_tag(tag, how);
}

// ---- Lead

Lead::Lead(std::shared_ptr<CacheStore> store, std::shared_ptr<Flight> flight) noexcept
    : store_(std::move(store)), flight_(std::move(flight)) {}
Lead::Lead(Lead&&) noexcept = default;
Lead& Lead::operator=(Lead&& o) noexcept {
  std::swap(store_, o.store_);
  std::swap(flight_, o.flight_);
  return *this;
}
Lead::~Lead() {
  if (flight_) store_->hand_over(std::move(flight_));
}

StoredPtr Lead::fill(Worker& worker, const StoredHead& head, BodyPtr& body, SnapshotPin& pin) {
  auto flight = std::move(flight_);
  return store_->fill(*flight, worker, head, body, pin);
}

StoredPtr Lead::refresh(const StoredPtr& stored, const StoredHead& head) {
  auto flight = std::move(flight_);
  return store_->refresh(*flight, stored, head);
}

void Lead::release() noexcept {
  if (auto flight = std::move(flight_)) store_->settle(*flight, nullptr);
}

}  // namespace sluice::filters::cache
