// The keywords of both drafts that have schemas in them, and how.
#pragma once
#include <string_view>

#include "filters/validate/schema/library.hpp"

namespace sluice::filters::validate {

enum class Holds : std::uint8_t {
  nothing,
  schema,
  list,             // an array of schemas
  map,              // an object of schemas
  schema_or_list,   // draft-07's `items`
  schemas_or_names  // `dependencies`: an object of schemas and arrays of names
};

Holds holds(std::string_view keyword, Draft draft) noexcept;

// The text of the metaschema with this URI, or empty: what `$schema` and `$ref` may name without a file.
std::string_view metaschema(std::string_view uri) noexcept;
inline constexpr std::string_view draft7_uri = "http://json-schema.org/draft-07/schema";
inline constexpr std::string_view draft2020_uri = "https://json-schema.org/draft/2020-12/schema";

}  // namespace sluice::filters::validate
