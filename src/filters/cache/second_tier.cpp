#include "filters/cache/second_tier.hpp"

#include <algorithm>
#include <random>

#include "filters/cache/cache_tags.hpp"

namespace sluice::filters::cache {
namespace {

using Claim = SharedFinding::Claim;

constexpr std::size_t piece = 64 * 1024;

std::string random_owner() {
  thread_local std::random_device random;
  std::uniform_int_distribution<std::uint64_t> any;
  return std::to_string(any(random)) + '-' + std::to_string(any(random));
}

// A key's text has no control character, and neither has a variant's first line.
std::string name_of(std::string_view key, std::string_view variant) {
  return std::string(key).append(1, '\n').append(variant);
}

// A body inside bytes that others hold as well.
class SharedBody final : public BodySource {
 public:
  SharedBody(std::shared_ptr<const void> owner, std::string_view bytes) noexcept
      : owner_(std::move(owner)), bytes_(bytes) {}

  Eventual<Result<Chunk>> read(std::size_t max) override {
    auto part = bytes_.substr(read_, max);
    read_ += part.size();
    return Result<Chunk>(Chunk{{part.data(), part.size()}, read_ == bytes_.size(), nullptr});
  }
  bool rewind() noexcept override {
    read_ = 0;
    return true;
  }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
  std::size_t read_ = 0;
};

class Counted {
 public:
  explicit Counted(unsigned& count) noexcept : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  unsigned& count_;
};

Duration resident(WallPoint received) noexcept {
  return std::max(Duration{}, std::chrono::duration_cast<Duration>(wall_now() - received));
}

// As long as it may still be given to anybody.
Duration time_to_live(const Freshness& f, Duration resident) noexcept {
  return f.left(f.age(resident)) + std::max(f.stale_while_revalidate, f.stale_if_error);
}

// It is no longer fresh, from now on.
void make_stale(Freshness& f, Duration age) noexcept {
  f.lifetime = std::min(f.lifetime, std::chrono::floor<Seconds>(age));
}

// Reads to the end; null: for nothing but the end.
Task<Result<Unit>> read_all(BodyPtr body, std::string* to) {
  for (bool end = false; !end;) {
    auto reading = body->read(piece);
    auto chunk = co_await reading;
    if (!chunk) co_return chunk.error();
    if (to) to->append(chunk->bytes.data(), chunk->bytes.size());
    end = chunk->end;
  }
  co_return Unit{};
}

struct Values {
  std::string answer;
  std::string vary;  // empty: it does not
};

Values encode(const StoredResponse& stored, const NoticePlace& asked_at, WallPoint received,
              std::string_view body) {
  Arena arena;
  Fields fields(arena);
  for (Field f : stored.fields()) fields.add(f.id, f.name, f.value);
  auto tags = cache_tags(fields);
  TierHead head{asked_at,         received, stored.freshness(), stored.status(), stored.key().url_text(),
                stored.variant(), tags};
  Values values;
  values.answer = encode_answer(head, {fields.begin(), fields.end()}, body);
  auto vary = read_vary(stored.status(), fields);
  if (vary.kind == Vary::Kind::fields) values.vary = encode_vary(vary);
  return values;
}

}  // namespace

// ---- what is handed out

TierTicket& TierTicket::operator=(TierTicket&& o) noexcept {
  if (this == &o) return *this;
  release();
  tier_ = std::exchange(o.tier_, nullptr);
  worker_ = o.worker_;
  asked_at_ = std::move(o.asked_at_);
  claimed_ = std::exchange(o.claimed_, {});
  owner_ = std::move(o.owner_);
  return *this;
}

void TierTicket::release() noexcept {
  if (tier_ && !claimed_.empty()) tier_->store_->release(*worker_, claimed_, owner_);
  tier_ = nullptr;
}

StoredHead TierLoaded::head() const noexcept {
  auto& h = answer_.head;
  return {h.status, answer_.fields, answer_.body.size(), h.variant, h.freshness, received_, h.tags};
}

BodyPtr TierLoaded::body() const {
  return std::make_unique<SharedBody>(bytes_.owner, answer_.body);
}

// One reader for each store, whose address nobody else has as long as it is read.
std::shared_ptr<SecondTier> SecondTier::open(FilterContext& context, std::shared_ptr<CacheStore> memory) {
  auto store = context.stores ? context.stores->redis_bytes : nullptr;
  if (!store) return nullptr;
  auto name = "purges " + std::to_string(reinterpret_cast<std::uintptr_t>(store.get()));
  auto purges = context.keepsakes.keep<SharedPurges>(name, [&] {
    auto forget = [memory](const PurgeRule& rule) { return cache::purge(*memory, rule); };
    return std::make_shared<SharedPurges>(store, forget, context.meter);
  });
  context.background.push_back(purges);
  return std::make_shared<SecondTier>(store, purges, context.workers, context.name, context.meter);
}

SecondTier::SecondTier(std::shared_ptr<SharedStore> store, std::shared_ptr<SharedPurges> purges,
                       unsigned workers, std::string_view policy, Meter& meter)
    : store_(std::move(store)), purges_(std::move(purges)), saving_(workers) {
  constexpr std::array<const char*, loads> load_names = {"hit",         "collapsed", "miss",  "purged",
                                                         "undecodable", "foreign",   "error", "skipped"};
  constexpr std::array<const char*, saves> save_names = {"saved",  "too_large", "busy", "short_lived",
                                                         "broken", "skipped",   "error"};
  for (auto* name : load_names)
    loads_.push_back(meter.counter({"sluice_cache_second_tier_loads_total",
                                    "Looks behind memory, by what was found",
                                    {{"policy", std::string(policy)}, {"result", name}}}));
  for (auto* name : save_names)
    saves_.push_back(meter.counter({"sluice_cache_second_tier_saves_total",
                                    "Answers to be kept behind memory, by what became of them",
                                    {{"policy", std::string(policy)}, {"result", name}}}));
}

void SecondTier::count(const Worker& worker, Load what) const noexcept {
  loads_[static_cast<std::size_t>(what)].add(worker.index);
}
void SecondTier::count(const Worker& worker, Save what) const noexcept {
  saves_[static_cast<std::size_t>(what)].add(worker.index);
}

TierTicket SecondTier::ticket(Worker& worker) const {
  TierTicket ticket;
  ticket.tier_ = shared_from_this();
  ticket.worker_ = &worker;
  ticket.asked_at_ = purges_->place();
  return ticket;
}

// ---- loading

class SecondTier::Search {
 public:
  Search(const SecondTier& tier, Worker& worker, CacheKey key, const Fields& request, Arena& arena,
         TimePoint until)
      : tier_(tier),
        worker_(worker),
        key_(key),
        request_(request),
        arena_(arena),
        until_(until),
        name_(key.text) {
    finding_.ticket = tier.ticket(worker);
  }
  Search(const Search&) = delete;

  Task<Result<SharedFinding>> ask() {
    auto now = worker_.timers.now();
    if (claims_ && until_ > now) return tier_.store_->get_or_claim(worker_, name_, owner_, until_ - now);
    return tier_.store_->get(worker_, name_);
  }

  // What is found; nothing: it is to be asked again, at once or after pause().
  std::optional<Load> take(const Result<SharedFinding>& found) {
    wait_ = false;
    if (!found) return found.error().kind == Error::Kind::malformed ? Load::foreign : Load::error;
    if (!found->value) return without_value(found->claim);
    auto value = decode(found->value->bytes, arena_);
    if (!value) return Load::undecodable;
    if (value->answer) return take_answer(*found->value, std::move(*value->answer));
    if (varies_) return Load::undecodable;
    varies_ = true;
    variant_ = variant_of(value->vary, request_);
    name_ = name_of(key_.text, variant_);
    return std::nullopt;
  }

  bool wait() const noexcept { return wait_; }
  Pause pause() noexcept {
    auto length = std::exchange(pause_, std::min(2 * pause_, longest_between_looks));
    return Pause(worker_.timers, worker_.timers.now() + length);
  }
  TierFinding finish() { return std::move(finding_); }

 private:
  std::optional<Load> without_value(Claim claim) {
    if (claim == Claim::mine) {
      finding_.ticket.claimed_ = name_;
      finding_.ticket.owner_ = owner_;
    }
    if (claim != Claim::another || worker_.timers.now() + pause_ > until_) return Load::miss;
    wait_ = finding_.collapsed = true;
    claims_ = false;
    return std::nullopt;
  }

  Load take_answer(const SharedBytes& bytes, TierAnswer answer) {
    auto& head = answer.head;
    if (head.url != key_.url_text() || head.variant != variant_) return Load::undecodable;
    auto purged = tier_.purges_->judge(head.url, head.tags, head.asked_at);
    if (purged == Purge::hard) return Load::purged;
    auto resided = resident(head.received);
    if (purged) make_stale(head.freshness, head.freshness.age(resided));
    finding_.loaded.emplace(bytes, std::move(answer), worker_.timers.now() - resided);
    return finding_.collapsed ? Load::collapsed : Load::hit;
  }

  const SecondTier& tier_;
  Worker& worker_;
  CacheKey key_;
  const Fields& request_;
  Arena& arena_;
  TimePoint until_;
  std::string name_, variant_, owner_ = random_owner();
  bool claims_ = true, varies_ = false, wait_ = false;
  Duration pause_ = first_look;
  TierFinding finding_;
};

Task<TierFinding> SecondTier::load(Worker& worker, CacheKey key, const Fields& request, Arena& arena,
                                   TimePoint until) const {
  Search search(*this, worker, key, request, arena, until);
  auto what = Load::skipped;
  for (bool going = purges_->hears(worker.timers.now()); going;) {
    auto asking = search.ask();
    auto found = co_await asking;
    auto taken = search.take(found);
    if (search.wait()) {
      auto pause = search.pause();
      co_await pause;
    }
    going = !taken;
    if (taken) what = *taken;
  }
  count(worker, what);
  co_return search.finish();
}

// ---- saving

void SecondTier::save(Worker& worker, StoredPtr stored, TierTicket ticket) const {
  if (ticket.asked_at_.log.empty()) return count(worker, Save::skipped);
  if (auto length = stored->length(); length != unknown_length && length > store_->max_value())
    return count(worker, Save::too_large);
  worker.background.spawn(keep(worker, std::move(stored), std::move(ticket)));
}

// The ticket keeps this tier.
Task<Unit> SecondTier::keep(Worker& worker, StoredPtr stored, TierTicket ticket) const {
  auto ending = wait_for_all(worker, *stored);
  auto whole = co_await ending;
  auto& saving = saving_.at(worker);
  auto ttl = time_to_live(stored->freshness(), worker.timers.now() - stored->received());
  auto what = Save::broken;
  if (whole) what = ttl < shortest_kept ? Save::short_lived : Save::busy;
  if (what == Save::busy && saving < most_saves) {
    Counted counted(saving);
    auto putting = put(worker, *stored, ticket.asked_at_, std::min(ttl, longest_kept));
    what = co_await putting;
  }
  count(worker, what);
  co_return Unit{};
}

// Its bytes are in memory, so that they are copied only when it is our turn.
Task<Result<Unit>> SecondTier::wait_for_all(Worker& worker, const StoredResponse& stored) {
  auto body = stored.reader(worker);
  if (!body) co_return Error(Error::Kind::closed);
  auto reading = read_all(std::move(body), nullptr);
  co_return co_await reading;
}

Task<SecondTier::Save> SecondTier::put(Worker& worker, const StoredResponse& stored,
                                       const NoticePlace& asked_at, Duration ttl) const {
  if (stored.length() > store_->max_value()) co_return Save::too_large;
  auto body = stored.reader(worker);
  if (!body) co_return Save::broken;
  std::string text;
  auto reading = read_all(std::move(body), &text);
  auto whole = co_await reading;
  if (!whole) co_return Save::broken;
  auto values = encode(stored, asked_at, wall_now() - (worker.timers.now() - stored.received()), text);
  if (values.answer.empty()) co_return Save::too_large;
  auto key = stored.key().text;
  auto name = values.vary.empty() ? std::string(key) : name_of(key, stored.variant());
  auto putting = store_->put(worker, name, values.answer, ttl);
  auto kept = co_await putting;
  if (kept && !values.vary.empty()) {
    auto marking = store_->put(worker, key, values.vary, ttl);
    kept = co_await marking;
  }
  if (kept) co_return Save::saved;
  co_return kept.error().kind == Error::Kind::too_large ? Save::too_large : Save::error;
}

}  // namespace sluice::filters::cache
