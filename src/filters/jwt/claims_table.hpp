// JSON as the flat table that Claims is (sluice/principal.hpp).
//
//   auto claims = flatten(document.root());       // none: more than a table holds
#pragma once
#include <optional>
#include <string>

#include "json/node.hpp"
#include "sluice/principal.hpp"

namespace sluice::filters::jwt {

inline constexpr std::size_t max_claims = 1024;
inline constexpr std::size_t max_claims_text = 64 * 1024;  // of all paths and values together

// An object. What is null, and what is empty, is not there.
std::optional<Claims> flatten(const json::Node& object);

// As it is written where it has at most 18 digits and no exponent, otherwise another spelling of the same
// number.
std::string text_of_number(const json::Node& number);

}  // namespace sluice::filters::jwt
