// The nearest known name to one that is not known.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace sluice::config {

// How many letters have to be changed, put in, left out or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known` if it is near enough to be meant, else an empty view.
std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

// " (did you mean 'x'?)", or else " (known here: a, b, c)"; empty where nothing is known.
std::string suggestion(std::string_view name, std::span<const std::string_view> known);

}  // namespace sluice::config
