#include "filters/cache/revalidate.hpp"

#include "filters/cache/serve_stored.hpp"
#include "filters/cache/storing.hpp"
#include "http/date.hpp"

namespace sluice::filters::cache {
namespace {

bool is_the_clients(const Field& f) noexcept {
  return f.id == FieldId::if_none_match || f.id == FieldId::if_modified_since || f.id == FieldId::range ||
         f.id == FieldId::if_range;
}

}  // namespace

void add_date(Fields& fields, WallPoint now) {
  if (fields.has(FieldId::date)) return;
  http::DateText text;
  http::write_date(now, text);
  fields.add(FieldId::date, "Date", fields.arena().copy({text.data(), text.size()}));
}

SetAside::SetAside(Request& request) : fields_(request.fields.arena()) {
  for (auto& f : request.fields)
    if (is_the_clients(f)) fields_.add(f.id, f.name, f.value);
  request.fields.remove_if(is_the_clients);
}

void SetAside::put_back(Request& request) const {
  request.fields.remove_if(is_the_clients);
  for (auto& f : fields_) request.fields.add(f.id, f.name, f.value);
}

bool add_validators(Request& request, const StoredResponse& stored) {
  auto& arena = request.fields.arena();
  auto tag = arena.copy(stored.fields().get(FieldId::etag));
  auto modified = arena.copy(stored.fields().get(FieldId::last_modified));
  if (tag.data()) request.fields.add(FieldId::if_none_match, "If-None-Match", tag);
  if (modified.data()) request.fields.add(FieldId::if_modified_since, "If-Modified-Since", modified);
  return tag.data() || modified.data();
}

Fields updated_fields(const StoredResponse& stored, const Fields& answer, WallPoint now) {
  auto& arena = answer.arena();
  auto fields = fields_of(stored, arena);
  update_stored_fields(fields, answer, http::response_directives(answer));
  if (!answer.has(FieldId::date)) fields.remove(FieldId::date);
  add_date(fields, now);
  if (auto age = answer.get(FieldId::age); age.data()) fields.add(FieldId::age, "Age", age);
  return fields;
}

}  // namespace sluice::filters::cache
