#include "filters/validate/schema/keywords.hpp"

#include <algorithm>

namespace sluice::filters::validate {
namespace {

struct Keyword {
  std::string_view name;
  Holds in_draft7, in_draft2020;
};

constexpr auto none = Holds::nothing;

// `definitions` and `dependencies` still mean in 2020-12 what they did.
constexpr Keyword keywords[] = {
    {"$defs", none, Holds::map},
    {"additionalItems", Holds::schema, none},
    {"additionalProperties", Holds::schema, Holds::schema},
    {"allOf", Holds::list, Holds::list},
    {"anyOf", Holds::list, Holds::list},
    {"contains", Holds::schema, Holds::schema},
    {"contentSchema", none, Holds::schema},
    {"definitions", Holds::map, Holds::map},
    {"dependencies", Holds::schemas_or_names, Holds::schemas_or_names},
    {"dependentSchemas", none, Holds::map},
    {"else", Holds::schema, Holds::schema},
    {"if", Holds::schema, Holds::schema},
    {"items", Holds::schema_or_list, Holds::schema},
    {"not", Holds::schema, Holds::schema},
    {"oneOf", Holds::list, Holds::list},
    {"patternProperties", Holds::map, Holds::map},
    {"prefixItems", none, Holds::list},
    {"properties", Holds::map, Holds::map},
    {"propertyNames", Holds::schema, Holds::schema},
    {"then", Holds::schema, Holds::schema},
    {"unevaluatedItems", none, Holds::schema},
    {"unevaluatedProperties", none, Holds::schema},
};

}  // namespace

Holds holds(std::string_view keyword, Draft draft) noexcept {
  auto found = std::ranges::find(keywords, keyword, &Keyword::name);
  if (found == std::end(keywords)) return Holds::nothing;
  return draft == Draft::draft7 ? found->in_draft7 : found->in_draft2020;
}

}  // namespace sluice::filters::validate
