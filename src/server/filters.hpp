// The table of all filters: the only place that names them. The configuration takes their schemas from it, a
// build makes them from their settings.
#pragma once
#include <span>
#include <string_view>

#include "sluice/filter_kind.hpp"

namespace sluice::server {

std::span<const FilterKind> filter_kinds();
// The same table as the configuration takes it.
std::span<const FilterSchema> filter_schemas();

const FilterKind* find_filter(std::span<const FilterKind> kinds, std::string_view name) noexcept;

}  // namespace sluice::server
