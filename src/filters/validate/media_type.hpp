// Media types as Content-Type has them (RFC 9110 §8.3.1).
//
//   auto type = MediaType::parse(fields.get(FieldId::content_type));
//   if (type && type->is_json()) ...
#pragma once
#include <optional>
#include <string_view>

namespace sluice::filters::validate {

struct MediaType {
  std::string_view type, subtype;  // in any case of letters
  std::string_view charset;        // without quotes; empty: none named

  static std::optional<MediaType> parse(std::string_view text) noexcept;

  // application/json and whatever ends in +json (RFC 6839 §3.1).
  bool is_json() const noexcept;
  bool is_in(std::string_view range) const noexcept;  // "type/subtype" or "type/*"
};

// Whether it can stand in a list of types that are accepted.
bool is_media_range(std::string_view text) noexcept;

}  // namespace sluice::filters::validate
