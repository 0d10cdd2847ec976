// What a variable or a template is for one request (sluice/variable.hpp).
#pragma once
#include <string_view>

#include "sluice/exchange.hpp"
#include "sluice/variable.hpp"

namespace sluice {

// Valid as long as the exchange; an empty view with a null pointer where there is none.
std::string_view value_of(const Variable& variable, Exchange& x);

// The configuration's own text where it has no variable, otherwise text that lives as long as the exchange.
// Fit for a field's value, whatever the request had: a control character in it (CR, LF, NUL ...) becomes a
// space, and no space stands at either end.
std::string_view text_of(const FieldTemplate& text, Exchange& x);

}  // namespace sluice
