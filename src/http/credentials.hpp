// Where a client may put a credential besides Authorization: a field, a cookie, a parameter of the query.
// Finding one says how often it is there, since of two nobody can say which is meant; taking one away leaves
// everything else as it was received.
//
//   auto shown = find_cookie(request.fields, "session");
//   if (shown.count > 1) refuse();
//   take_cookie(request.fields, "session");
#pragma once
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "sluice/http.hpp"

namespace sluice::http {

struct Shown {
  std::string_view value;  // the first; may be empty
  unsigned count = 0;
};

Shown find_field(const Fields& fields, std::string_view name) noexcept;
Shown find_field(const Fields& fields, FieldId id) noexcept;
// Pairs between semicolons (RFC 6265 §5.4), in all Cookie lines.
Shown find_cookie(const Fields& fields, std::string_view name) noexcept;
// Name and value are as percent-decoding leaves them.
Shown find_parameter(std::string_view query, std::string_view name, Arena& arena);

// All lines of that name, also where it is spelt with '_' for '-', which many frameworks cannot tell apart.
void take_field(Fields& fields, std::string_view name) noexcept;
// Only those that are spelt so.
void take_lookalikes(Fields& fields, std::string_view name) noexcept;
void take_cookie(Fields& fields, std::string_view name);
// A query that is empty then is none.
void take_parameter(Request& request, std::string_view name);

// The query with "***" for the values of such parameters; the query itself where it has none.
using ParameterNames = std::set<std::string, std::less<>>;
std::string_view masked_query(std::string_view query, const ParameterNames& secret, Arena& arena);

}  // namespace sluice::http
