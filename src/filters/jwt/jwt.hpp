// The `jwt` filter: who is calling, by a signed token (docs/filters/jwt.md).
#pragma once
#include <memory>

#include "filters/jwt/settings.hpp"
#include "sluice/filter_kind.hpp"

namespace sluice::filters::jwt {

FilterKind jwt_filter();

// One by itself.
std::shared_ptr<const Filter> make_jwt(const Settings& settings, FilterContext& context);

}  // namespace sluice::filters::jwt
