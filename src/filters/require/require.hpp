// The filter `require`: what the principal must have, once identity filters have found out who it is. A
// route's key `require` is one of these.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sluice/filter_kind.hpp"

namespace sluice::filters::require {

// All of it: every scope, every role, and of every claim one of the values.
struct Demand {
  std::vector<std::string> scopes, roles;
  std::map<std::string, OneOrMany<std::string>> claims;  // by dotted path
  bool empty() const noexcept { return scopes.empty() && roles.empty() && claims.empty(); }
  static const Schema& schema();
};

struct Settings : Demand {
  std::vector<Demand> any;  // one of these besides; empty: nothing besides
  static const Schema& schema();
};

FilterKind require_filter();

}  // namespace sluice::filters::require
