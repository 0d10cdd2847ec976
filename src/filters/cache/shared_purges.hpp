// Purges that hold in all replicas: each is carried out here, written to the log that they share, and read
// from there by the others five times a second.
//
//   auto purges = std::make_shared<SharedPurges>(shared_store, forget, meter);
//   context.background.push_back(purges);                            // reads on worker 0
//   auto purging = purges->purge(worker, rule);
//   PurgeReport report = co_await purging;                           // gone here; told the others?
//   if (!purges->believes_memory(stored->received(), now)) ...       // validate it
//
// Nothing purged comes back. What cannot be told is told as soon as the log can be written again. Whoever may
// have missed a notice (the log is another one, or its horizon has passed us) forgets everything. While the
// log cannot be read, memory is believed for the store's cut_off() and what the store has is not used at all.
#pragma once
#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <vector>

#include "filters/cache/pause.hpp"
#include "filters/cache/purge_rules.hpp"
#include "sluice/background.hpp"
#include "sluice/shared_store.hpp"

namespace sluice::filters::cache {

struct PurgeReport {
  std::size_t here = 0;      // stored answers in this process
  bool told = false;         // the others will know within a second
  const char* trouble = "";  // why they do not know yet
};

class SharedPurges final : public Background, public std::enable_shared_from_this<SharedPurges> {
 public:
  static constexpr Duration interval = std::chrono::milliseconds(200);
  static constexpr Duration patience = std::chrono::seconds(1);  // of what was heard: then it is old
  static constexpr std::size_t most_untold = 10'000;             // beyond it everything is purged

  // Carries a purge out in this process's memory; any thread.
  using Forget = std::function<std::size_t(const PurgeRule&)>;

  SharedPurges(std::shared_ptr<SharedStore> store, Forget forget, Meter& meter);

  // On any worker. Both carry it out here and tell the others: one waits until that was tried, the other
  // only says how many stored answers there were here. Nobody has to wait for the others to be told.
  Task<PurgeReport> purge(Worker& worker, PurgeRule rule);
  std::size_t forget(Worker& worker, PurgeRule rule);

  // Where the log stands: to be asked before the origin is, for judge(). Empty: nobody knows.
  NoticePlace place() const;
  // Of an answer that its origin was asked for at that place. What nobody can know was purged.
  std::optional<Purge> judge(std::string_view url, std::span<const std::string_view> tags,
                             const NoticePlace& since) const;
  // All notices are known that are older than a second.
  bool hears(TimePoint now) const noexcept { return now - heard() <= patience; }
  // Of what came from its origin then: nobody can have purged it before.
  bool believes_memory(TimePoint received, TimePoint now) const noexcept {
    return now - std::max(heard(), received) <= cut_off_;
  }

  Task<Unit> run(Worker& worker, Fetcher& fetcher) override;
  SourceStatus status() const override;

 private:
  class Untold;
  class Home;
  struct Rest;

  Task<Unit> read_on(Worker& worker);
  Task<Unit> tell_the_rest(Worker& worker);
  Task<Unit> tell_alone(Worker& worker, std::unique_ptr<Untold> untold);
  Task<Result<Unit>> tell(Worker& worker, Untold& untold);
  bool may_have_missed(const NoticePage& page, TimePoint now) const noexcept;
  void start_over();
  void take(const NoticePage& page);
  void carry_out(const Notice& notice);
  bool is_own(std::uint64_t at);
  void put_off(PurgeRule rule) noexcept;
  void give_up_details();
  std::unique_ptr<Untold> take_untold();
  void read_soon();
  TimePoint heard() const noexcept { return TimePoint(Duration(heard_.load(std::memory_order_relaxed))); }

  const std::shared_ptr<SharedStore> store_;
  const Forget forget_;
  const Duration cut_off_;
  const Counter told_, put_off_, read_, missed_;
  PurgeRules rules_;

  // Worker 0's alone.
  Pause* resting_ = nullptr;
  TimePoint began_;
  bool contacted_ = false;

  std::atomic<Duration::rep> heard_{0};
  std::atomic<WallPoint::rep> heard_by_the_wall_{0};
  std::atomic<const char*> trouble_{"redis_connecting"};
  mutable std::mutex mutex_;
  Mailbox* home_ = nullptr;  // of worker 0, while it reads
  NoticePlace place_;
  std::uint64_t horizon_ = 0;
  std::vector<std::uint64_t> own_;  // places of notices that were written here and not read yet
  std::set<PurgeRule> untold_;      // that nobody is telling
};

}  // namespace sluice::filters::cache
