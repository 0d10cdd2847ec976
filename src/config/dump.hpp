// A configuration as text again, every default filled in and nothing secret in it, from the same schemas that
// read it.
//
//   reply(to_yaml(dump(*config, filter_schemas)));
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "config/config.hpp"

namespace sluice::config {

// What stands where a secret is.
inline constexpr std::string_view masked = "***";

// Keys in the schemas' order. Left out: what was not written and has no default.
nlohmann::ordered_json dump(const Config& config, std::span<const FilterSchema> filters);

// One member's value, for defaults in the reference.
nlohmann::ordered_json dump(const Shape& shape, const void* value);

std::string to_yaml(const nlohmann::ordered_json& document);

}  // namespace sluice::config
