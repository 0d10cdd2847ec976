#include "http/preconditions.hpp"

#include "http/date.hpp"

namespace sluice::http {
namespace {

std::optional<WallPoint> date_in(const Fields& fields, FieldId id, WallPoint now) noexcept {
  if (fields.count(id) != 1) return std::nullopt;
  return parse_date(fields.get(id), now);
}

bool if_match(const Fields& request, const Validators& held) noexcept {
  if (lists_any(request, FieldId::if_match)) return true;
  return held.tag && listed(request, FieldId::if_match, *held.tag, strongly_equal);
}

bool if_unmodified_since(const Fields& request, const Validators& held, WallPoint now) noexcept {
  auto since = date_in(request, FieldId::if_unmodified_since, now);
  return !since || !held.modified || *held.modified <= *since;
}

bool if_none_match(const Fields& request, const Validators& held) noexcept {
  if (lists_any(request, FieldId::if_none_match)) return false;
  return !held.tag || !listed(request, FieldId::if_none_match, *held.tag, weakly_equal);
}

bool if_modified_since(const Fields& request, const Validators& held, WallPoint now) noexcept {
  auto since = date_in(request, FieldId::if_modified_since, now);
  auto modified = held.modified ? held.modified : held.date;
  return !since || !modified || *modified > *since;
}

bool reads(Method method) noexcept {
  return method == Method::get || method == Method::head;
}

}  // namespace

bool Validators::modified_is_strong() const noexcept {
  return modified && date && *modified + std::chrono::seconds(1) <= *date;
}

Validators validators_of(const Fields& response, WallPoint received) noexcept {
  Validators v;
  if (response.count(FieldId::etag) == 1) v.tag = read_entity_tag(response.get(FieldId::etag));
  v.modified = date_in(response, FieldId::last_modified, received);
  v.date = date_in(response, FieldId::date, received);
  if (!v.date) v.date = received;
  return v;
}

Precondition evaluate_for_cache(const Request& request, const Validators& held, WallPoint now) noexcept {
  if (request.fields.has(FieldId::if_none_match)) {
    if (if_none_match(request.fields, held)) return Precondition::holds;
    return reads(request.method) ? Precondition::not_modified : Precondition::failed;
  }
  if (!reads(request.method) || if_modified_since(request.fields, held, now)) return Precondition::holds;
  return Precondition::not_modified;
}

Precondition evaluate(const Request& request, const Validators& held, WallPoint now) noexcept {
  bool matches = request.fields.has(FieldId::if_match) ? if_match(request.fields, held)
                                                       : if_unmodified_since(request.fields, held, now);
  return matches ? evaluate_for_cache(request, held, now) : Precondition::failed;
}

bool range_applies(const Fields& request, const Validators& held, WallPoint now) noexcept {
  auto condition = request.get(FieldId::if_range);
  if (!condition.data()) return true;
  if (auto date = parse_date(condition, now))
    return held.modified_is_strong() && *held.modified == *date && request.count(FieldId::if_range) == 1;
  auto tag = read_entity_tag(condition);
  return tag && held.tag && strongly_equal(*tag, *held.tag);
}

bool has_origin_condition(const Fields& request) noexcept {
  return request.has(FieldId::if_match) || request.has(FieldId::if_unmodified_since);
}

}  // namespace sluice::http
