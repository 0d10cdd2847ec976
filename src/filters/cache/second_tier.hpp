// The tier behind memory, shared by replicas: asked by whoever leads for an answer that memory does not have,
// before the origin is; given what the origin answered, in the background.
//
//   auto loading = tier->load(worker, key, x.request.fields, x.arena(), until);
//   TierFinding found = co_await loading;
//   if (found.loaded) entry = lead.fill(worker, found.loaded->head(), body = found.loaded->body(), pin);
//   else ... ask the origin; entry = lead.fill(...); tier->save(worker, entry, std::move(found.ticket));
//
// It is never in the way: where the store does not answer in time, or what it has cannot be read, or the log
// of purges is not heard, there is nothing to load. Of the replicas that miss the same answer at the same
// time one holds a claim; the others look again and again, until it is there, or the claim has ended without
// it, or `until`.
#pragma once
#include <array>
#include <memory>
#include <optional>

#include "filters/cache/shared_purges.hpp"
#include "filters/cache/stored_response.hpp"
#include "filters/cache/tier_value.hpp"
#include "sluice/shared_store.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::cache {

class SecondTier;

// What an answer of the origin is saved with: where the log of purges stood before the origin was asked, and
// the claim on the answer, if there is one; it ends with the ticket. Of one worker.
class TierTicket {
 public:
  TierTicket() = default;
  TierTicket(TierTicket&&) = default;
  TierTicket& operator=(TierTicket&& o) noexcept;
  ~TierTicket() { release(); }

  explicit operator bool() const noexcept { return tier_ != nullptr; }
  void release() noexcept;

 private:
  friend class SecondTier;
  std::shared_ptr<const SecondTier> tier_;
  Worker* worker_ = nullptr;
  NoticePlace asked_at_;
  std::string claimed_, owner_;
};

// An answer that was loaded. Views of its head are good as long as it is.
class TierLoaded {
 public:
  TierLoaded(SharedBytes bytes, TierAnswer answer, TimePoint received) noexcept
      : bytes_(std::move(bytes)), answer_(std::move(answer)), received_(received) {}

  StoredHead head() const noexcept;
  BodyPtr body() const;
  std::string_view body_bytes() const noexcept { return answer_.body; }

 private:
  SharedBytes bytes_;
  TierAnswer answer_;
  TimePoint received_;
};

struct TierFinding {
  std::optional<TierLoaded> loaded;  // fresh or stale
  TierTicket ticket;                 // where nothing was loaded, and for a refresh of what was
  bool collapsed = false;            // another replica was waited for
};

class SecondTier : public std::enable_shared_from_this<SecondTier> {
 public:
  static constexpr unsigned most_saves = 16;  // at once, of a worker
  static constexpr Duration first_look = std::chrono::milliseconds(20);
  static constexpr Duration longest_between_looks = std::chrono::milliseconds(160);
  static constexpr Duration shortest_kept = std::chrono::seconds(1);
  static constexpr Duration longest_kept = std::chrono::hours(7 * 24);

  // A policy's; null: the configuration has no store to share. What replicas tell each other is read in the
  // background from now on, and carried out in `memory`.
  static std::shared_ptr<SecondTier> open(FilterContext& context, std::shared_ptr<CacheStore> memory);

  SecondTier(std::shared_ptr<SharedStore> store, std::shared_ptr<SharedPurges> purges, unsigned workers,
             std::string_view policy, Meter& meter);

  // Key, request and arena live as long as the task; so does what is loaded live with the arena.
  Task<TierFinding> load(Worker& worker, CacheKey key, const Fields& request, Arena& arena,
                         TimePoint until) const;
  // For an origin that is asked without a look here.
  TierTicket ticket(Worker& worker) const;
  // Once its body is whole. Takes a reference, and nothing of the caller's time.
  void save(Worker& worker, StoredPtr stored, TierTicket ticket) const;

  bool believes(const StoredResponse& stored, TimePoint now) const noexcept {
    return purges_->believes_memory(stored.received(), now);
  }
  const std::shared_ptr<SharedPurges>& purges() const noexcept { return purges_; }

 private:
  friend class TierTicket;
  class Search;
  enum class Load : std::uint8_t { hit, collapsed, miss, purged, undecodable, foreign, error, skipped };
  enum class Save : std::uint8_t { saved, too_large, busy, short_lived, broken, skipped, error };
  static constexpr std::size_t loads = 8, saves = 7;

  Task<Unit> keep(Worker& worker, StoredPtr stored, TierTicket ticket) const;
  static Task<Result<Unit>> wait_for_all(Worker& worker, const StoredResponse& stored);
  Task<Save> put(Worker& worker, const StoredResponse& stored, const NoticePlace& asked_at,
                 Duration ttl) const;
  void count(const Worker& worker, Load what) const noexcept;
  void count(const Worker& worker, Save what) const noexcept;

  const std::shared_ptr<SharedStore> store_;
  const std::shared_ptr<SharedPurges> purges_;
  std::vector<Counter> loads_, saves_;
  mutable WorkerLocal<unsigned> saving_;
};

}  // namespace sluice::filters::cache
