#include "filters/cache/shared_purges.hpp"

#include <algorithm>

#include "base/mailbox.hpp"
#include "telemetry/log.hpp"

namespace sluice::filters::cache {
namespace {

namespace log = telemetry::log;

Counter counter(Meter& meter, const char* name, const char* help) {
  return meter.counter({name, help, {}});
}

}  // namespace

// A purge that the log does not have yet, whatever becomes of the request that asked for it.
class SharedPurges::Untold {
 public:
  // The rules have it already.
  Untold(std::shared_ptr<SharedPurges> purges, PurgeRule rule)
      : purges_(std::move(purges)), rule_(std::move(rule)) {}
  Untold(const Untold&) = delete;
  ~Untold() {
    if (!told_) purges_->put_off(std::move(rule_));
  }
  const PurgeRule& rule() const noexcept { return rule_; }
  void told(std::uint64_t at) {
    purges_->rules_.told(rule_, at);
    told_ = true;
  }

 private:
  std::shared_ptr<SharedPurges> purges_;
  PurgeRule rule_;
  bool told_ = false;
};

// Where the log is read, as long as it is.
class SharedPurges::Home {
 public:
  Home(SharedPurges& purges, Mailbox& mailbox) : purges_(purges) { set(&mailbox); }
  Home(const Home&) = delete;
  ~Home() { set(nullptr); }

 private:
  void set(Mailbox* mailbox) {
    std::lock_guard lock(purges_.mutex_);
    purges_.home_ = mailbox;
  }
  SharedPurges& purges_;
};

// Between two looks at the log.
struct SharedPurges::Rest {
  Rest(SharedPurges& p, Timers& timers) noexcept : purges(p), pause(timers, timers.now() + interval) {
    purges.resting_ = &pause;
  }
  Rest(const Rest&) = delete;
  ~Rest() { purges.resting_ = nullptr; }

  SharedPurges& purges;
  Pause pause;
};

SharedPurges::SharedPurges(std::shared_ptr<SharedStore> store, Forget forget, Meter& meter)
    : store_(std::move(store)),
      forget_(std::move(forget)),
      cut_off_(store_->cut_off()),
      told_(counter(meter, "sluice_cache_purges_told_total", "Purges that the other replicas were told")),
      put_off_(counter(meter, "sluice_cache_purges_put_off_total",
                       "Purges that they could not be told at once, and will be")),
      read_(counter(meter, "sluice_cache_purges_read_total", "Purges of other replicas, carried out here")),
      missed_(counter(meter, "sluice_cache_purges_missed_total",
                      "Times that purges may have been missed, and everything was forgotten")) {}

// ---- telling

Task<PurgeReport> SharedPurges::purge(Worker& worker, PurgeRule rule) {
  rules_.add_untold(rule);
  Untold untold(shared_from_this(), std::move(rule));
  PurgeReport report;
  report.here = forget_(untold.rule());
  auto telling = tell(worker, untold);
  auto told = co_await telling;
  report.told = bool(told);
  if (!told) report.trouble = told.error().cause;
  co_return report;
}

std::size_t SharedPurges::forget(Worker& worker, PurgeRule rule) {
  rules_.add_untold(rule);
  auto untold = std::make_unique<Untold>(shared_from_this(), std::move(rule));
  auto here = forget_(untold->rule());
  worker.background.spawn(tell_alone(worker, std::move(untold)));
  return here;
}

Task<Unit> SharedPurges::tell_alone(Worker& worker, std::unique_ptr<Untold> untold) {
  auto telling = tell(worker, *untold);
  co_await telling;
  co_return Unit{};
}

Task<Result<Unit>> SharedPurges::tell(Worker& worker, Untold& untold) {
  auto text = notice_of(untold.rule());
  auto announcing = store_->announce(worker, text);
  auto place = co_await announcing;
  if (!place) co_return place.error();
  {
    std::lock_guard lock(mutex_);
    own_.push_back(place->at);
  }
  untold.told(place->at);
  told_.add(worker.index);
  read_soon();
  co_return Unit{};
}

void SharedPurges::put_off(PurgeRule rule) noexcept {
  put_off_.add_elsewhere();
  std::lock_guard lock(mutex_);
  if (untold_.size() >= most_untold) give_up_details();
  if (untold_.contains(rule))
    rules_.drop(rule);
  else
    untold_.insert(std::move(rule));
}

// One purge of everything stands for all of them.
void SharedPurges::give_up_details() {
  auto everything = purge_of_everything();
  rules_.add_untold(everything);
  for (auto& rule : untold_) rules_.drop(rule);
  untold_ = {std::move(everything)};
}

Task<Unit> SharedPurges::tell_the_rest(Worker& worker) {
  while (auto untold = take_untold()) {
    auto telling = tell(worker, *untold);
    auto told = co_await telling;
    if (!told) break;
  }
  co_return Unit{};
}

std::unique_ptr<SharedPurges::Untold> SharedPurges::take_untold() {
  std::lock_guard lock(mutex_);
  if (untold_.empty()) return nullptr;
  return std::make_unique<Untold>(shared_from_this(), std::move(untold_.extract(untold_.begin()).value()));
}

// So that what is stored from now on is known to be later than the purge.
void SharedPurges::read_soon() {
  std::lock_guard lock(mutex_);
  if (!home_) return;
  home_->post([self = shared_from_this()] {
    if (self->resting_) self->resting_->cut();
  });
}

// ---- reading

Task<Unit> SharedPurges::run(Worker& worker, Fetcher&) {
  Home home(*this, worker.mailbox);
  began_ = worker.timers.now();
  if (heard() == TimePoint()) heard_ = began_.time_since_epoch().count();
  for (;;) {
    auto reading = read_on(worker);
    co_await reading;
    if (!*trouble_.load()) {
      auto telling = tell_the_rest(worker);
      co_await telling;
    }
    Rest rest(*this, worker.timers);
    co_await rest.pause;
  }
}

Task<Unit> SharedPurges::read_on(Worker& worker) {
  for (bool complete = false; !complete;) {
    auto asked = worker.timers.now();
    auto from = place();
    auto asking = store_->notices(worker, from);
    auto page = co_await asking;
    trouble_ = page ? "" : page.error().cause;
    if (!page) break;
    if (may_have_missed(*page, worker.timers.now())) {
      start_over();
      continue;
    }
    take(*page);
    complete = page->complete;
    if (!complete) continue;
    heard_ = asked.time_since_epoch().count();
    heard_by_the_wall_ = wall_now().time_since_epoch().count();
  }
  co_return Unit{};
}

bool SharedPurges::may_have_missed(const NoticePage& page, TimePoint now) const noexcept {
  std::lock_guard lock(mutex_);
  // At first what is there is read; but not what was there before, if it took us long to come.
  if (!contacted_) return now - began_ > patience;
  if (place_.log.empty()) return false;
  return page.place.log != place_.log || page.horizon > place_.at || page.place.at < place_.at;
}

void SharedPurges::start_over() {
  log::warn("cache.purges_missed", {{"reason", contacted_ ? "log_changed" : "late_contact"}});
  contacted_ = true;
  rules_.clear();
  {
    std::lock_guard lock(mutex_);
    place_ = {};
    own_.clear();
  }
  forget_(purge_of_everything());
  missed_.add_elsewhere();  // last: who sees it counted finds nothing old any more
}

// A place is published last: who asks for it afterwards is judged by all that lies before.
void SharedPurges::take(const NoticePage& page) {
  contacted_ = true;
  for (auto& notice : page.notices) carry_out(notice);
  rules_.forget_until(page.horizon);
  std::lock_guard lock(mutex_);
  place_ = page.place;
  horizon_ = page.horizon;
  std::erase_if(own_, [&](auto at) { return at <= page.place.at; });
}

void SharedPurges::carry_out(const Notice& notice) {
  auto rule = purge_of(notice.text);
  if (!rule) {
    // A newer version may tell what this one does not understand: it might be about anything.
    rule = purge_of_everything();
    log::warn("cache.notice_unknown", {});
  }
  rules_.add(*rule, notice.at);
  if (is_own(notice.at)) return;
  forget_(*rule);
  read_.add_elsewhere();
}

bool SharedPurges::is_own(std::uint64_t at) {
  std::lock_guard lock(mutex_);
  return std::ranges::find(own_, at) != own_.end();
}

// ---- asking

NoticePlace SharedPurges::place() const {
  std::lock_guard lock(mutex_);
  return place_;
}

std::optional<Purge> SharedPurges::judge(std::string_view url, std::span<const std::string_view> tags,
                                         const NoticePlace& since) const {
  {
    std::lock_guard lock(mutex_);
    if (place_.log.empty() || since.log != place_.log || since.at < horizon_) return Purge::hard;
  }
  return rules_.judge(url, tags, since.at);
}

SourceStatus SharedPurges::status() const {
  SourceStatus status;
  status.kind = "purges";
  status.name = "redis";
  status.error = trouble_.load();
  status.usable = status.error.empty();
  status.items = rules_.size();
  if (auto at = heard_by_the_wall_.load()) status.loaded = WallPoint(WallPoint::duration(at));
  return status;
}

}  // namespace sluice::filters::cache
