// Entity tags (RFC 9110 §8.8.3): names for one state of a resource.
//
//   auto tag = read_entity_tag(response.fields.get(FieldId::etag));
//   if (tag && listed(request.fields, FieldId::if_none_match, *tag, weakly_equal)) ...     // 304
#pragma once
#include <optional>
#include <string_view>

#include "sluice/http.hpp"

namespace sluice::http {

struct EntityTag {
  std::string_view opaque;  // between the quotes; may be empty
  bool weak = false;

  bool operator==(const EntityTag&) const = default;
};

// `W/"x"` and `"x"`; leniently `w/"x"`, which is weak too, and `x` without quotes, which some origins send
// and expect back, where no space, comma or quote is in it. Empty: none of these.
std::optional<EntityTag> read_entity_tag(std::string_view text) noexcept;

// RFC 9110 §8.8.3.2. Strongly: both are strong and the same. Weakly: the same but for weakness.
bool strongly_equal(const EntityTag& a, const EntityTag& b) noexcept;
bool weakly_equal(const EntityTag& a, const EntityTag& b) noexcept;

using TagComparison = bool (*)(const EntityTag&, const EntityTag&) noexcept;

// Whether the lines of If-Match or If-None-Match name `tag`; `*` names every one. Reads a list to its first
// malformed member; a comma may stand in a tag.
bool listed(const Fields& fields, FieldId id, const EntityTag& tag, TagComparison equal) noexcept;
// Whether they say `*`.
bool lists_any(const Fields& fields, FieldId id) noexcept;

}  // namespace sluice::http
