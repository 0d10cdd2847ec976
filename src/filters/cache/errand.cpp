#include "filters/cache/errand.hpp"

#include "filters/cache/cache_status.hpp"
#include "filters/cache/cache_tags.hpp"
#include "filters/cache/reuse.hpp"
#include "filters/cache/serve_stored.hpp"
#include "filters/cache/storing.hpp"
#include "filters/cache/vary.hpp"

namespace sluice::filters::cache {
namespace {

using namespace std::chrono_literals;

// How long nobody waits for an answer that turned out to be of no use to others, and how long an origin that
// failed is not asked again where something stale may be given.
constexpr Duration passing = 10s;
constexpr Duration apart = 60s;
constexpr Duration failing = 1s;

// When the origin was asked and when it answered, on the wall's clock.
OriginTimes times_of(const Exchange& x) noexcept {
  auto now = x.worker.timers.wall();
  auto sent = x.timeline.forwarded != TimePoint{} ? x.timeline.forwarded : x.worker.timers.now();
  auto took = std::max(Duration{}, x.worker.timers.now() - sent);
  return {now - std::chrono::duration_cast<WallClock::duration>(took), now};
}

// What HEAD brings is another head for what GET brought.
class AsGet {
 public:
  explicit AsGet(Request& request) noexcept : request_(request), method_(request.method) {
    if (method_ == Method::head) request_.method = Method::get;
  }
  AsGet(const AsGet&) = delete;
  ~AsGet() { request_.method = method_; }

 private:
  Request& request_;
  Method method_;
};

// One answer, and where it would be stored.
class Answer {
 public:
  Answer(Exchange& x, Errand& errand, std::uint16_t status, const Fields& fields)
      : x_(x),
        errand_(errand),
        caching_(*errand.caching),
        status_(status),
        fields_(fields),
        says_(http::response_directives(fields)),
        times_(times_of(x)),
        freshness_(freshness_of(status, fields, says_, times_, caching_.rules())) {
    auto& keys = errand.keys;
    bool for_all = caching_.shared || is_for_everybody(says_);
    own_ = !keys.own.text.empty() && (!for_all || keys.shared.text.empty());
    key_ = own_ ? keys.own : keys.shared;
  }

  // Null: it may be stored.
  const char* why_not() const {
    Response seen(x_.arena);
    seen.status = status_;
    seen.fields = fields_;
    StoringRules rules{.shared = caching_.shared && !own_, .by_principal = own_, .parts = true};
    AsGet as_get(x_.request);
    return why_not_stored(x_.request, errand_.asks, seen, says_, freshness_, rules);
  }
  // Whoever waits for such an answer waits in vain.
  bool is_of_use_to_others() const noexcept {
    return !freshness_.must_validate && freshness_.fresh(freshness_.initial_age);
  }
  bool is_own() const noexcept { return own_; }
  const CacheKey& key() const noexcept { return key_; }
  const Freshness& freshness() const noexcept { return freshness_; }

  // Gives `f` what is to be stored.
  template <class F>
  StoredPtr with_head(std::uint64_t length, std::string_view variant, F f) {
    Fields kept(x_.arena);
    for (auto& field : fields_)
      if (is_stored_field(field, says_)) kept.add(field.id, field.name, field.value);
    add_date(kept, times_.received);
    auto tags = cache_tags(fields_);
    StoredHead head{status_, kept, length, variant, freshness_, x_.worker.timers.now(), tags};
    return f(head);
  }

 private:
  Exchange& x_;
  Errand& errand_;
  const Caching& caching_;
  std::uint16_t status_;
  const Fields& fields_;
  http::CacheControl says_;
  OriginTimes times_;
  Freshness freshness_;
  CacheKey key_;
  bool own_ = false;
};

void tell(Exchange& x, const Errand& e, CacheStatus status) {
  if (e.in_background || !e.caching->tells) return;
  status.forwarded = e.why;
  if (status.detail.empty()) status.detail = e.detail;
  add_cache_status(x.response.fields, status);
}

void count(Exchange& x, const Errand& e, Tally tally) {
  if (!e.in_background) e.caching->counts.add(x.worker, tally);
}

// Those who wait for an answer under the key would wait in vain, for a while. Nobody waits for a part.
void let_pass(Exchange& x, const Errand& e, const CacheKey& key) {
  if (x.request.fields.has(FieldId::range)) return;
  e.caching->marks.set(x.worker, Mark::passes, key.text, x.worker.timers.now() + passing);
}

// The lead of that key: ours, or a new one where nobody has it. Those who wait for an answer under another
// key look for themselves.
Lead lead_of(Exchange& x, Errand& e, const CacheKey& key) {
  if (e.lead && e.lead_key.text == key.text) return std::move(e.lead);
  e.lead.release();
  e.lead = {};
  return e.caching->store->try_lead(key, x.request.fields);
}

// ---- the origin fails

bool serve_in_need(Exchange& x, Errand& e) {
  auto& r = x.response;
  auto failure = failure_of(r.status, r.local);
  if (failure == Failure::none || !e.stored) return false;
  auto now = x.worker.timers.now();
  Standing standing(*e.stored, now);
  if (!may_serve_on_failure(standing.freshness, standing.age, e.asks, failure)) return false;
  auto status = r.local ? std::uint16_t{0} : r.status;
  if (!serve_stored(x, e.stored, standing.age)) return false;
  e.caching->marks.set(x.worker, Mark::failing, e.stored->key().text, now + failing);
  e.lead.release();
  x.error = {};
  count(x, e, Tally::stale);
  tell(x, e, {.forward_status = status, .ttl = standing.left(), .detail = "stale-if-error"});
  return true;
}

// Parts stay in memory.
void save_behind(Exchange& x, Errand& e, const StoredPtr& stored) {
  if (stored && e.ticket && stored->status() != 206)
    e.caching->tier->save(x.worker, stored, std::move(e.ticket));
}

// ---- 304, and what HEAD tells

// The stored answer with the head that an answer of now gives it; as it is where it cannot be stored so.
StoredPtr renew(Exchange& x, Errand& e) {
  auto fields = updated_fields(*e.stored, x.response.fields, x.worker.timers.wall());
  Answer answer(x, e, e.stored->status(), fields);
  auto key = e.stored->key();
  bool was_for_all = key.text == e.keys.shared.text;
  if (answer.why_not() || (answer.is_own() && was_for_all)) return nullptr;
  if (!answer.is_of_use_to_others()) let_pass(x, e, key);
  auto lead = lead_of(x, e, key);
  if (!lead) return nullptr;
  return answer.with_head(e.stored->length(), e.stored->variant(),
                          [&](auto& head) { return lead.refresh(e.stored, head); });
}

void take_not_modified(Exchange& x, Errand& e) {
  auto held = fields_of(*e.stored, x.arena);
  bool is_same =
      selects(x.response.fields, held, x.worker.timers.wall()) && keeps_vary(x.response.fields, held);
  auto renewed = is_same ? renew(x, e) : nullptr;
  save_behind(x, e, renewed);
  auto& given = renewed ? renewed : e.stored;
  auto age = Standing(*given, x.worker.timers.now()).age;
  if (!serve_stored(x, given, age)) {
    x.refuse(502, "cache_entry_lost");
    return;
  }
  e.lead.release();
  count(x, e, Tally::revalidated);
  tell(x, e,
       {.forward_status = 304,
        .ttl = Standing(*given, x.worker.timers.now()).left(),
        .stored = renewed != nullptr});
}

// RFC 9111 §4.3.5.
void hear_head(Exchange& x, Errand& e) {
  if (!e.stored || x.response.status != 200) return;
  auto held = fields_of(*e.stored, x.arena);
  if (head_agrees(x.response, held, e.stored->length()) && keeps_vary(x.response.fields, held))
    save_behind(x, e, renew(x, e));
  else
    e.caching->forget(x.worker, {PurgeRule::By::url, Purge::soft, std::string(e.stored->key().url_text())});
}

// ---- any other answer

StoredPtr store(Exchange& x, Errand& e, Answer& answer) {
  auto& key = answer.key();
  if (!answer.is_of_use_to_others()) let_pass(x, e, key);
  if (answer.is_own() && e.lead && e.lead_key.text == e.keys.shared.text)
    e.caching->marks.set(x.worker, Mark::apart, e.lead_key.text, x.worker.timers.now() + apart);
  auto lead = lead_of(x, e, key);
  if (!lead) return nullptr;
  auto& r = x.response;
  auto pin = x.snapshot.again();
  auto length = r.body ? r.length : 0;
  auto variant = variant_of(read_vary(r.status, r.fields), x.request.fields);
  return answer.with_head(length, variant,
                          [&](auto& head) { return lead.fill(x.worker, head, r.body, pin); });
}

// The client reads what is stored, as all do who wait for it.
void give(Exchange& x, const Errand& e, const StoredPtr& stored) {
  auto& r = x.response;
  if (e.client && e.client->any() && serve_stored(x, stored, Standing(*stored, x.worker.timers.now()).age))
    return;
  strip_surrogate_fields(r.fields);
  r.length = stored->length();
  r.body = stored->reader(x.worker);
  if (!r.body) x.refuse(502, "cache_entry_lost");
}

void take_whole(Exchange& x, Errand& e) {
  auto& r = x.response;
  auto status = r.status;
  Answer answer(x, e, status, r.fields);
  auto* why = answer.why_not();
  auto stored = why ? nullptr : store(x, e, answer);
  save_behind(x, e, stored);
  count(x, e, Tally::miss);
  if (stored) {
    give(x, e, stored);
    auto sent = r.status == status ? std::uint16_t{0} : status;
    return tell(
        x, e,
        {.forward_status = sent, .ttl = Standing(*stored, x.worker.timers.now()).left(), .stored = true});
  }
  e.caching->counts.not_stored(x.worker, why ? why : "room");
  if (why && status < 500) let_pass(x, e, e.lead ? e.lead_key : answer.key());
  e.ticket.release();
  e.lead.release();
  strip_surrogate_fields(r.fields);
  answer_conditions(x);
  tell(x, e, {.forward_status = r.status == status ? std::uint16_t{0} : status, .detail = why ? why : ""});
}

void take_answer_to_post(Exchange& x, Errand& e) {
  Answer answer(x, e, x.response.status, x.response.fields);
  auto stored = answer.why_not() ? nullptr : store(x, e, answer);
  if (!stored) return;
  give(x, e, stored);
  tell(x, e, {.ttl = Standing(*stored, x.worker.timers.now()).left(), .stored = true});
}

void take_answer(Exchange& x, Errand& e) {
  if (x.request.method == Method::post) return x.response.local ? void() : take_answer_to_post(x, e);
  if (e.client) e.client->put_back(x.request);
  if (serve_in_need(x, e)) return;
  auto& r = x.response;
  if (r.local) {
    count(x, e, Tally::miss);
    return tell(x, e, {});
  }
  if (r.status == 304 && e.validates) return take_not_modified(x, e);
  if (x.request.method == Method::get) return take_whole(x, e);
  hear_head(x, e);
  count(x, e, Tally::miss);
  strip_surrogate_fields(r.fields);
  auto status = r.status;
  answer_conditions(x);
  tell(x, e, {.forward_status = r.status == status ? std::uint16_t{0} : status});
}

}  // namespace

Standing::Standing(const StoredResponse& stored, TimePoint now) noexcept
    : freshness(stored.freshness()), age(freshness.age(now - stored.received())) {
  if (!stored.stale()) return;
  freshness.lifetime = std::min(freshness.lifetime, std::chrono::floor<Seconds>(age));
  freshness.immutable = false;
}

void ask_for(Exchange& x, Errand& errand) {
  auto& tier = errand.caching->tier;
  if (tier && !errand.ticket) errand.ticket = tier->ticket(x.worker);
  errand.client.emplace(x.request);
  errand.validates = errand.stored && add_validators(x.request, *errand.stored);
}

void send(Exchange& x, Errand errand) {
  x.on_response([errand = std::move(errand)](Exchange& y) mutable -> Eventual<Unit> {
    take_answer(y, errand);
    return Unit{};
  });
}

}  // namespace sluice::filters::cache
