// The table of all filters: the only place that names them. The configuration takes their schemas from it, a
// build makes them from their settings.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "sluice/config.hpp"
#include "sluice/filter.hpp"

namespace sluice::server {

struct FilterKind {
  FilterSchema schema;
  Phase (*phase)(const void* settings);
  std::shared_ptr<const Filter> (*make)(const void* settings);
};

std::span<const FilterKind> filter_kinds();
// The same table as the configuration takes it.
std::span<const FilterSchema> filter_schemas();

const FilterKind* find_filter(std::span<const FilterKind> kinds, std::string_view name) noexcept;

}  // namespace sluice::server
