// The memory store of the cache: one for the process, shared by all workers, inside a hard bound.
//
//   auto stored = store.find(key, x.request.fields);        // the newest variant that matches, or null
//   if (stored && usable(*stored)) return serve(x, stored);
//   auto joining = store.join(x.worker, key, x.request.fields, until, stored);
//   auto turn = co_await joining;
//   if (!turn || !*turn) ...                                // go up alone, store nothing
//   else if (turn->stored) return serve(x, turn->stored);   // of somebody else's request
//   else keep(turn->lead);                                  // ask the origin for all who wait
//
//   // at the head of the answer, one of
//   auto entry = lead.fill(worker, head, body, pin);        // null: no room; `body` is still ours
//   auto entry = lead.refresh(stored, head);                // 304: another head for the same body
//   lead.release();                                         // not to be stored: all go up themselves
//
// Locks. What is stored is spread over shards by a keyed hash of the URL, so all answers of one URL are in
// one shard. A shard's spin lock is held for a few dozen instructions: nothing is allocated, freed or
// compared with a client's fields under it. Two shards' locks are never held together; inside one only the
// purge log's is taken. Bodies have a lock of their own, for those who wait.
//
// Every call from any thread, unless it takes a Worker: then on that worker's.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "filters/cache/purge_log.hpp"
#include "filters/cache/seat.hpp"
#include "filters/cache/store_shards.hpp"
#include "filters/cache/stored_response.hpp"
#include "sluice/eventual.hpp"
#include "sluice/exchange.hpp"
#include "sluice/filter_kind.hpp"
#include "sluice/metrics.hpp"
#include "sluice/units.hpp"

namespace sluice::filters::cache {

class CacheStore;
class Flight;

struct CacheMemory {
  Size size = mebibytes(256);     // of everything: cannot change while the process runs
  Size max_entry = mebibytes(8);  // a longer body is not stored
};

// The right to ask the origin for one key and variant while others wait. Dropped without a word, exactly one
// of those who wait gets it. Any thread.
class Lead {
 public:
  Lead() = default;
  Lead(std::shared_ptr<CacheStore> store, std::shared_ptr<Flight> flight) noexcept;
  Lead(Lead&&) noexcept;
  Lead& operator=(Lead&&) noexcept;
  ~Lead();
  explicit operator bool() const noexcept { return flight_ != nullptr; }

  // Stores an answer whose body is still to come, and gives it to all who wait. A task of worker.background
  // takes the body over and pulls it at its own pace, under `pin`; everybody, the leader too, reads
  // entry->reader(). Null: it is not stored, since there is no room or it is longer than max_entry; `body`
  // and `pin` are as they were, and all who wait are told to go up.
  StoredPtr fill(Worker& worker, const StoredHead& head, BodyPtr& body, SnapshotPin& pin);
  // A 304: `stored` with another head. Null as above; `stored` then stays as it is.
  StoredPtr refresh(const StoredPtr& stored, const StoredHead& head);
  // Nothing to store: all who wait go up in parallel.
  void release() noexcept;

 private:
  std::shared_ptr<CacheStore> store_;
  std::shared_ptr<Flight> flight_;
};

// What became of joining: an answer that somebody else fetched, or the lead, or neither: go up alone.
struct Turn {
  StoredPtr stored;
  Lead lead;
  bool collapsed = false;  // `stored` came from a request that this one waited for

  explicit operator bool() const noexcept { return stored || lead; }
};

class CacheStore : public std::enable_shared_from_this<CacheStore> {
 public:
  // The process's own: found again by the next configuration. Control thread.
  static std::shared_ptr<CacheStore> open(Keepsakes& keepsakes, const CacheMemory& settings, unsigned workers,
                                          Meter& meter);
  CacheStore(const CacheMemory& settings, unsigned workers, Meter& meter);
  CacheStore(const CacheStore&) = delete;
  ~CacheStore();

  // The newest stored answer to such a request; its body may still come in. Null: there is none. Allocates
  // nothing.
  StoredPtr find(const CacheKey& key, const Fields& request) const noexcept;

  // Who comes first leads; the others wait for that answer until `until`, then Error::deadline. `seen` is
  // what find() gave: where something newer stands there meanwhile that is the answer. Key and fields live
  // until the answer is there.
  Eventual<Result<Turn>> join(Worker& worker, const CacheKey& key, const Fields& request, TimePoint until,
                              StoredPtr seen);
  // The lead, where nobody has it: for a refresh behind a client's back.
  Lead try_lead(const CacheKey& key, const Fields& request);

  // How many stored answers were purged. When it returns no find() gives them as they were, nor will an
  // answer that was under way be stored as if nothing had happened.
  std::size_t purge_url(std::string_view url, Purge how);
  std::size_t purge_prefix(std::string_view prefix, Purge how);  // of URLs; empty: everything
  std::size_t purge_tag(std::string_view tag, Purge how);

  std::uint64_t bytes() const noexcept { return shards_->used(); }       // that count against the bound
  std::uint64_t entries() const noexcept { return shards_->entries(); }  // that may be found

 private:
  friend class Lead;
  friend class Fill;

  // What is stored for a key, as it is looked for outside the lock.
  struct Found {
    StoredPtr match;        // for the request
    StoredPtr newest;       // whatever it varies on
    std::uint64_t version;  // of the shard when it was looked at
  };

  Found search(const CacheKey& key, const StoreHashes& hashes, const Fields& request) const noexcept;
  Turn look(const CacheKey& key, const Fields& request, const StoredPtr* seen, Sitting<Turn>* sitting);
  Task<Result<Turn>> wait(std::shared_ptr<CacheStore> self, Worker& worker, CacheKey key,
                          const Fields& request, TimePoint until, StoredPtr seen);
  Task<Result<Turn>> take_turns(Worker& worker, CacheKey key, const Fields& request, StoredPtr seen);

  void settle(Flight& flight, const StoredResponse::Ptr& answer);
  void answer_all(Flight& flight, const StoredPtr& stored);
  void hand_over(std::shared_ptr<Flight> flight);
  StoredPtr fill(Flight& flight, Worker& worker, const StoredHead& head, BodyPtr& body, SnapshotPin& pin);
  StoredPtr refresh(Flight& flight, const StoredPtr& stored, const StoredHead& head);
  void complete(const StoredResponse::Ptr& filled);

  const Gauge fills_;
  std::atomic<std::uint64_t> max_entry_;
  PurgeLog purges_;
  const OwnShards shards_;
};

}  // namespace sluice::filters::cache
