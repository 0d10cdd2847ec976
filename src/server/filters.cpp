#include "server/filters.hpp"

#include <vector>

#include "filters/jwt/jwt.hpp"

namespace sluice::server {

std::span<const FilterKind> filter_kinds() {
  static const std::vector<FilterKind> kinds = {
      filters::jwt::jwt_filter(),
  };
  return kinds;
}

std::span<const FilterSchema> filter_schemas() {
  static const auto schemas = [] {
    std::vector<FilterSchema> all;
    for (auto& kind : filter_kinds()) all.push_back(kind.schema);
    return all;
  }();
  return schemas;
}

const FilterKind* find_filter(std::span<const FilterKind> kinds, std::string_view name) noexcept {
  for (auto& kind : kinds)
    if (kind.schema.name == name) return &kind;
  return nullptr;
}

}  // namespace sluice::server
