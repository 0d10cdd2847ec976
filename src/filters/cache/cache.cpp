// The order of things: may the cache have a part in it -> under which key -> what is stored, and may it be
// given -> who asks the origin for all. What becomes of the origin's answer stands in errand.cpp.
#include "filters/cache/cache.hpp"

#include "filters/cache/cache_status.hpp"
#include "filters/cache/errand.hpp"
#include "filters/cache/invalidate.hpp"
#include "filters/cache/purge_method.hpp"
#include "filters/cache/refresh.hpp"
#include "filters/cache/reuse.hpp"
#include "filters/cache/serve_stored.hpp"
#include "filters/cache/storing.hpp"
#include "http/preconditions.hpp"

namespace sluice::filters::cache {
namespace {

using http::CacheControl;

bool reads(Method method) noexcept {
  return method == Method::get || method == Method::head;
}

// One request that is looked up. In the exchange's arena.
struct Visit {
  Keys keys;
  CacheControl asks;
  const char* why = "uri-miss";  // what is stored was not given
  bool forbidden = false;        // to ask the origin
};

class Cache final : public Filter {
 public:
  using Settings = cache::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::cache; }
  Cache(const Settings& settings, FilterContext& context) : caching_(settings, context) {}

  Eventual<Verdict> on_request(Exchange& x) const override {
    if (!reads(x.request.method)) return change(x);
    Visit visit{{}, http::request_directives(x.request.fields)};
    if (auto why = why_not(x, visit.asks)) return go_past(x, *why);
    visit.keys = caching_.keys.make(x);
    auto stored = find(x, visit.keys);
    if (stored && give(x, visit, stored, Tally::hit)) return Verdict::reply;
    if (visit.forbidden || must_not_forward(visit.asks)) return refuse(x);
    return ask(x, *x.arena.make<Visit>(visit), std::move(stored));
  }

 private:
  Eventual<Verdict> change(Exchange& x) const;
  void store_after(Exchange& x) const;
  std::optional<Bypass> why_not(const Exchange& x, const CacheControl& asks) const noexcept;
  Verdict go_past(Exchange& x, Bypass why) const;
  Verdict refuse(Exchange& x) const;

  StoredPtr find(const Exchange& x, const Keys& keys) const noexcept;
  bool give(Exchange& x, Visit& visit, const StoredPtr& stored, Tally as) const;
  bool believes(const Exchange& x, const StoredResponse& stored) const noexcept {
    return !caching_.tier || caching_.tier->believes(stored, x.worker.timers.now());
  }
  bool makes_do(const Exchange& x, const Visit& visit, const StoredPtr& stored,
                const Standing& standing) const noexcept;

  Eventual<Verdict> ask(Exchange& x, Visit& visit, StoredPtr stored) const;
  Eventual<Verdict> take_turn(Exchange& x, Visit& visit, StoredPtr stored, Result<Turn> turn) const;
  Task<Verdict> look_behind(Exchange& x, Visit& visit, StoredPtr stored, Lead lead) const;
  StoredPtr take_loaded(Exchange& x, const Visit& visit, const TierLoaded& loaded, Lead& lead) const;
  Verdict set_out(Exchange& x, const Visit& visit, StoredPtr stored, Lead lead, TierTicket ticket = {}) const;
  const CacheKey& key_of(const Exchange& x, const Keys& keys, const StoredPtr& stored) const noexcept;

  const Caching caching_;
};

// ---- requests that the cache has no part in

Eventual<Verdict> Cache::change(Exchange& x) const {
  if (!caching_.purgers.empty() && is_purge(x.request)) return answer_purge(x, caching_);
  caching_.counts.bypassed(x.worker, Bypass::method);
  if (x.request.method == Method::post) store_after(x);
  if (!is_safe(x.request.method)) invalidate_after(x, caching_);
  return Verdict::proceed;
}

// RFC 9110 §9.3.3: an answer to POST may be one to GET. It is stored behind what it invalidates.
void Cache::store_after(Exchange& x) const {
  auto asks = http::request_directives(x.request.fields);
  if (why_not(x, asks)) return;
  Errand errand(caching_, caching_.keys.make(x), asks);
  errand.why = "method";
  send(x, std::move(errand));
}

std::optional<Bypass> Cache::why_not(const Exchange& x, const CacheControl& asks) const noexcept {
  auto& who = x.principal;
  if (!x.request.upgrade.empty()) return Bypass::upgrade;
  if (x.request.body && reads(x.request.method)) return Bypass::body;
  if (!who.certain()) return Bypass::principal_unproven;
  if (!who.known() && (caching_.private_only || !who.method.empty())) return Bypass::principal_unknown;
  if (goes_past(asks)) return Bypass::no_store;
  if (http::has_origin_condition(x.request.fields)) return Bypass::condition;
  if (x.request.method == Method::head && x.request.fields.has(FieldId::range)) return Bypass::range;
  return std::nullopt;
}

Verdict Cache::go_past(Exchange& x, Bypass why) const {
  caching_.counts.bypassed(x.worker, why);
  x.on_response([this, why](Exchange& y) -> Eventual<Unit> {
    strip_surrogate_fields(y.response.fields);
    if (caching_.tells) add_cache_status(y.response.fields, {.forwarded = "bypass", .detail = name_of(why)});
    return Unit{};
  });
  return Verdict::proceed;
}

// RFC 9111 §5.2.1.7.
Verdict Cache::refuse(Exchange& x) const {
  caching_.counts.add(x.worker, Tally::refused);
  x.refuse(504, "only_if_cached");
  x.explain("Nothing that may be given is stored, and the request wants nothing else.");
  return Verdict::reply;
}

// ---- what is stored

// For everybody, or else for this caller; of two stale ones the newer.
StoredPtr Cache::find(const Exchange& x, const Keys& keys) const noexcept {
  auto look = [&](const CacheKey& key) {
    return key.text.empty() ? nullptr : caching_.store->find(key, x.request.fields);
  };
  auto shared = look(keys.shared);
  if (keys.own.text.empty()) return shared;
  if (shared) {
    Standing standing(*shared, x.worker.timers.now());
    if (!standing.freshness.must_validate && standing.freshness.fresh(standing.age)) return shared;
  }
  auto own = look(keys.own);
  if (!own || (shared && shared->received() > own->received())) return shared;
  return own;
}

// True: the answer is there.
bool Cache::give(Exchange& x, Visit& visit, const StoredPtr& stored, Tally as) const {
  Standing standing(*stored, x.worker.timers.now());
  auto decided = decide(standing.freshness, standing.age, visit.asks);
  bool asks_anew = decided.what == Reuse::stale_refresh && stored->status() == 206;
  if (asks_anew || (decided.what != Reuse::forbidden && !believes(x, *stored)))
    decided = {Reuse::validate, "stale"};
  CacheStatus status{.hit = true, .ttl = standing.left()};
  if (decided.what == Reuse::validate && makes_do(x, visit, stored, standing)) {
    decided.what = Reuse::stale;
    status.detail = x.thrift == Exchange::Thrift::none ? "stale-if-error" : "overload";
  }
  visit.why = decided.why;
  visit.forbidden = decided.what == Reuse::forbidden;
  if (decided.what == Reuse::validate || visit.forbidden) return false;
  if (!serve_stored(x, stored, standing.age)) return false;
  bool fresh = decided.what == Reuse::fresh;
  caching_.counts.add(x.worker, fresh ? as : Tally::stale);
  if (decided.what == Reuse::stale_refresh && x.thrift == Exchange::Thrift::none)
    refresh_behind(x, caching_, stored);
  if (as == Tally::collapsed) status = {.forwarded = "uri-miss", .collapsed = true};
  if (caching_.tells) add_cache_status(x.response.fields, status);
  return true;
}

// Where too much is to be done, or the origin has just failed, what is stale is good enough.
bool Cache::makes_do(const Exchange& x, const Visit& visit, const StoredPtr& stored,
                     const Standing& standing) const noexcept {
  bool thrifty = x.thrift != Exchange::Thrift::none;
  auto now = x.worker.timers.now();
  if (!thrifty && !caching_.marks.has(x.worker, Mark::failing, stored->key().text, now)) return false;
  if (!may_serve_on_failure(standing.freshness, standing.age, visit.asks, Failure::disconnected))
    return false;
  if (thrifty) caching_.counts.degraded(x.worker);
  return true;
}

// ---- asking the origin

Eventual<Verdict> Cache::ask(Exchange& x, Visit& visit, StoredPtr stored) const {
  if (x.thrift == Exchange::Thrift::stored_only) return go_past(x, Bypass::overload);
  if (stored && (!stored->complete() || stored->status() == 206)) stored = nullptr;
  if (!stored && x.request.fields.has(FieldId::range)) return set_out(x, visit, nullptr, Lead());
  auto& key = key_of(x, visit.keys, stored);
  auto now = x.worker.timers.now();
  if (x.request.method == Method::head || caching_.marks.has(x.worker, Mark::passes, key.text, now))
    return set_out(x, visit, std::move(stored), Lead());
  auto until = std::min(now + caching_.collapse_timeout, x.deadline);
  auto joining = caching_.store->join(x.worker, key, x.request.fields, until, stored);
  return std::move(joining).then(
      [this, &x, &visit, stored](Result<Turn> turn) { return take_turn(x, visit, stored, std::move(turn)); });
}

// Under which key others wait: that of what is stored; else the one for everybody, as long as nothing else
// is known of such answers.
const CacheKey& Cache::key_of(const Exchange& x, const Keys& keys, const StoredPtr& stored) const noexcept {
  if (keys.own.text.empty()) return keys.shared;
  if (keys.shared.text.empty()) return keys.own;
  if (stored) return stored->key().text == keys.own.text ? keys.own : keys.shared;
  auto now = x.worker.timers.now();
  return caching_.marks.has(x.worker, Mark::apart, keys.shared.text, now) ? keys.own : keys.shared;
}

Eventual<Verdict> Cache::take_turn(Exchange& x, Visit& visit, StoredPtr stored, Result<Turn> turn) const {
  if (!turn) return set_out(x, visit, std::move(stored), Lead());
  if (turn->stored) {
    auto as = turn->collapsed ? Tally::collapsed : Tally::hit;
    if (give(x, visit, turn->stored, as)) return Verdict::reply;
    if (turn->stored->complete()) stored = std::move(turn->stored);
  } else if (!turn->lead && stored && give(x, visit, stored, Tally::hit)) {
    return Verdict::reply;  // whoever led found the origin failing
  }
  bool is_known = stored && (stored->freshness().must_validate || !believes(x, *stored));
  if (caching_.tier && turn->lead && !is_known)
    return look_behind(x, visit, std::move(stored), std::move(turn->lead));
  return set_out(x, visit, std::move(stored), std::move(turn->lead));
}

// What the other replicas have, before the origin is asked.
Task<Verdict> Cache::look_behind(Exchange& x, Visit& visit, StoredPtr stored, Lead lead) const {
  auto until = std::min(x.worker.timers.now() + caching_.collapse_timeout, x.deadline);
  auto loading =
      caching_.tier->load(x.worker, key_of(x, visit.keys, stored), x.request.fields, x.arena, until);
  auto found = co_await loading;
  if (found.loaded) {
    auto taken = take_loaded(x, visit, *found.loaded, lead);
    if (taken && give(x, visit, taken, Tally::hit)) co_return Verdict::reply;
  }
  co_return set_out(x, visit, std::move(stored), std::move(lead), std::move(found.ticket));
}

// Into memory, for all who wait, where it may be given to them; null: it may not, and the lead is still ours.
StoredPtr Cache::take_loaded(Exchange& x, const Visit& visit, const TierLoaded& loaded, Lead& lead) const {
  auto head = loaded.head();
  auto age = head.freshness.age(x.worker.timers.now() - head.received);
  auto what = decide(head.freshness, age, visit.asks).what;
  if (what == Reuse::validate || what == Reuse::forbidden) return nullptr;
  auto pin = x.snapshot.again();
  auto body = loaded.body();
  return lead.fill(x.worker, head, body, pin);
}

// A HEAD is no use to others, and where nobody would store the answer the client's conditions may go up.
Verdict Cache::set_out(Exchange& x, const Visit& visit, StoredPtr stored, Lead lead,
                       TierTicket ticket) const {
  Errand errand(caching_, visit.keys, visit.asks);
  errand.ticket = std::move(ticket);
  bool asks_for_all = stored || lead;
  errand.stored = std::move(stored);
  errand.lead_key = key_of(x, visit.keys, errand.stored);
  errand.lead = std::move(lead);
  errand.why = visit.why;
  if (asks_for_all) ask_for(x, errand);
  send(x, std::move(errand));
  return Verdict::proceed;
}

}  // namespace

FilterKind cache_filter() {
  return filter_kind<Cache>("cache");
}

}  // namespace sluice::filters::cache
