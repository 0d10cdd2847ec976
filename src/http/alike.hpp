// Names of fields as frameworks see them: many cannot tell '_' from '-', so what is stripped, replaced or not
// believed under one spelling must not come in under the other.
//
//   fields.remove_if([&](const Field& f) { return http::alike(f.name, "X-User-ID"); });     // X_User_Id too
#pragma once
#include <algorithm>
#include <string_view>

#include "http/chars.hpp"

namespace sluice::http {

constexpr char folded(char c) noexcept {
  return c == '_' ? '-' : lower(c);
}

// Two names in any spelling.
constexpr bool alike(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return folded(x) == folded(y); });
}

constexpr bool starts_alike(std::string_view name, std::string_view start) noexcept {
  return alike(name.substr(0, start.size()), start);
}

}  // namespace sluice::http
