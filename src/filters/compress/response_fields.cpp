#include "filters/compress/response_fields.hpp"

#include <algorithm>

#include "http/chars.hpp"
#include "http/entity_tag.hpp"
#include "http/words.hpp"

namespace sluice::filters::compress {
namespace {

bool is_digest(const Field& f) noexcept {
  if (f.id != FieldId::other) return false;
  return http::same<"digest">(f.name) || http::same<"repr-digest">(f.name) ||
         http::same<"content-digest">(f.name);
}

bool is_md5(const Field& f) noexcept {
  return f.id == FieldId::other && http::same<"content-md5">(f.name);
}

bool is_of_the_bytes(const Field& f) noexcept {
  return f.id == FieldId::etag || is_digest(f) || is_md5(f);
}

}  // namespace

bool promises_digest(const Fields& fields) noexcept {
  return std::ranges::any_of(fields, is_digest);
}

void say_other_bytes(Fields& fields) {
  fields.remove_if([](const Field& f) {
    return is_md5(f) || (f.id == FieldId::other && http::same<"accept-ranges">(f.name));
  });
  auto text = fields.get(FieldId::etag);
  if (!text.data()) return;
  auto tag = http::read_entity_tag(text);
  if (!tag) return fields.remove(FieldId::etag);
  if (!tag->weak) fields.set(FieldId::etag, "ETag", fields.arena().concat({"W/\"", tag->opaque, "\""}));
}

void say_encoded(Fields& fields, http::Coding coding) {
  say_other_bytes(fields);
  fields.set(FieldId::content_encoding, "Content-Encoding", http::name_of(coding));
}

const Fields* without_digests(const Fields& trailers, Fields& room) {
  if (std::ranges::none_of(trailers, is_of_the_bytes)) return &trailers;
  for (auto& f : trailers)
    if (!is_of_the_bytes(f)) room.add(f.id, f.name, f.value);
  return &room;
}

}  // namespace sluice::filters::compress
