#include "filters/cache/validation.hpp"

namespace sluice::filters::cache {

void take_conditions(Fields& request) noexcept {
  request.remove_if([](const Field& f) {
    return f.id == FieldId::if_none_match || f.id == FieldId::if_modified_since ||
           f.id == FieldId::if_range || f.id == FieldId::range;
  });
}

bool ask_whether_changed(Fields& request, const Fields& stored) {
  take_conditions(request);
  auto tag = stored.get(FieldId::etag);
  auto modified = stored.get(FieldId::last_modified);
  if (!tag.empty()) request.add(FieldId::if_none_match, "If-None-Match", tag);
  if (!modified.empty()) request.add(FieldId::if_modified_since, "If-Modified-Since", modified);
  return !tag.empty() || !modified.empty();
}

bool is_sent_with_not_modified(const Field& field) noexcept {
  switch (field.id) {
    case FieldId::content_encoding:
    case FieldId::content_language:
    case FieldId::content_length:
    case FieldId::content_range:
    case FieldId::content_type:
      return false;
    default:
      return true;
  }
}

}  // namespace sluice::filters::cache
