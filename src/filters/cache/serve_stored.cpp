#include "filters/cache/serve_stored.hpp"

#include <charconv>

#include "http/byte_range.hpp"
#include "http/preconditions.hpp"

namespace sluice::filters::cache {
namespace {

using http::RangeSet;

// What the client says of what it has or wants of the whole.
struct Wishes {
  bool condition = false;
  bool range = false;

  explicit Wishes(const Fields& request) noexcept {
    for (auto& f : request) {
      condition |= f.id == FieldId::if_none_match || f.id == FieldId::if_modified_since;
      range |= f.id == FieldId::range;
    }
  }
  bool any() const noexcept { return condition || range; }
};

// RFC 9110 §15.4.5: what describes the body is of no use without it.
bool belongs_to_a_304(const Field& f, bool has_tag) noexcept {
  switch (f.id) {
    case FieldId::content_encoding:
    case FieldId::content_language:
    case FieldId::content_length:
    case FieldId::content_range:
    case FieldId::content_type:
      return false;
    case FieldId::last_modified:
      return !has_tag;
    default:
      return true;
  }
}

void become_not_modified(Response& r) noexcept {
  bool has_tag = r.fields.has(FieldId::etag);
  r.fields.remove_if([has_tag](const Field& f) { return !belongs_to_a_304(f, has_tag); });
  r.status = 304;
  r.length = unknown_length;  // 0 would speak of the body that it does not bring (RFC 9110 §8.6)
  r.body.reset();
  r.forms = nullptr;
}

void become_unsatisfiable(Response& r, std::uint64_t length) {
  auto& arena = r.fields.arena();
  r.fields.remove_if([](const Field& f) { return !belongs_to_a_304(f, false); });
  r.fields.add(FieldId::content_range, "Content-Range", http::unsatisfied_range(length, arena));
  r.status = 416;
  r.length = 0;
}

// Room for what is added later as well, so that they stand in one piece.
void add_fields(Fields& to, const StoredResponse& stored) {
  for (Field f : stored.fields())
    if (!is_for_surrogates(f.id)) to.add(f.id, f.name, f.value);
}

void add_age(Fields& to, Duration age) {
  auto seconds = std::chrono::duration_cast<Seconds>(std::max(age, Duration{})).count();
  constexpr std::size_t room = 20;
  char* text = to.arena().bytes(room);
  auto end = std::to_chars(text, text + room, seconds).ptr;
  to.add(FieldId::age, "Age", {text, static_cast<std::size_t>(end - text)});
}

// Of an answer that one is stored for with 200 and a known length.
RangeSet parts_of(const Exchange& x, const StoredResponse& stored, const http::Validators& held,
                  WallPoint now) {
  bool possible = x.request.method == Method::get && stored.length() != unknown_length;
  if (!possible || !http::range_applies(x.request.fields, held, now)) return {};
  return http::ranges_of(x.request.fields, stored.length());
}

// A part answers for what lies in it: the one that was asked for by these very words, or a part of it.
bool serve_part_of_part(Exchange& x, const StoredResponse& stored) {
  auto& r = x.response;
  auto held = http::read_content_range(r.fields.get(FieldId::content_range));
  auto part = held ? http::range_within(x.request.fields, held->part, held->length) : std::nullopt;
  if (!part || part->last - held->part.first >= stored.length()) return false;
  r.body = stored.reader(x.worker, part->first - held->part.first, part->size());
  if (!r.body) return false;
  r.length = part->size();
  r.fields.set(FieldId::content_range, "Content-Range",
               http::content_range(*part, held->length, r.fields.arena()));
  return true;
}

// True: the answer is there.
bool serve_wish(Exchange& x, const StoredResponse& stored) {
  auto& r = x.response;
  auto now = x.worker.timers.wall();
  auto held = http::validators_of(r.fields, wall_of(stored.received(), x.worker.timers));
  if (http::evaluate_for_cache(x.request, held, now) == http::Precondition::not_modified) {
    become_not_modified(r);
    return true;
  }
  if (r.status == 206) return serve_part_of_part(x, stored);
  auto asked = parts_of(x, stored, held, now);
  if (asked.what == RangeSet::What::unsatisfiable) {
    become_unsatisfiable(r, stored.length());
    return true;
  }
  if (asked.what != RangeSet::What::parts || asked.count != 1) return false;
  auto part = asked.parts()[0];
  r.body = stored.reader(x.worker, part.first, part.size());
  if (!r.body) return false;
  r.status = 206;
  r.length = part.size();
  r.fields.add(FieldId::content_range, "Content-Range",
               http::content_range(part, stored.length(), r.fields.arena()));
  return true;
}

}  // namespace

bool is_for_surrogates(FieldId id) noexcept {
  return id == FieldId::surrogate_control || id == FieldId::surrogate_key;
}

void strip_surrogate_fields(Fields& fields) noexcept {
  fields.remove_if([](const Field& f) { return is_for_surrogates(f.id); });
}

WallPoint wall_of(TimePoint at, const Timers& timers) noexcept {
  return timers.wall() - std::chrono::duration_cast<WallClock::duration>(timers.now() - at);
}

Fields fields_of(const StoredResponse& stored, Arena& arena) {
  Fields fields(arena);
  for (Field f : stored.fields()) fields.add(f.id, f.name, f.value);
  return fields;
}

bool serve_stored(Exchange& x, const StoredPtr& stored, Duration age) {
  auto body = stored->reader(x.worker);
  if (!body) return false;
  auto& r = x.response;
  r.reset();
  r.status = stored->status();
  add_fields(r.fields, *stored);
  add_age(r.fields, age);
  x.on_end([stored](const Outcome&) noexcept {});
  bool is_content = r.status == 200 || r.status == 206;
  if (is_content && Wishes(x.request.fields).any() && serve_wish(x, *stored)) return true;
  r.length = stored->length();
  if (r.status == 200 && stored->complete()) r.forms = stored.get();
  if (x.request.method != Method::head) r.body = std::move(body);
  return true;
}

void answer_conditions(Exchange& x) {
  auto& r = x.response;
  if (r.status != 200 || !Wishes(x.request.fields).condition) return;
  auto now = x.worker.timers.wall();
  auto held = http::validators_of(r.fields, now);
  if (http::evaluate_for_cache(x.request, held, now) == http::Precondition::not_modified)
    become_not_modified(r);
}

}  // namespace sluice::filters::cache
