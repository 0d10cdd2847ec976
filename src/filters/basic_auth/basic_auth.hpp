// The filter `basic_auth`: who is asking, by name and password (RFC 7617).
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::basic_auth {

FilterKind basic_auth_filter();

}  // namespace sluice::filters::basic_auth
