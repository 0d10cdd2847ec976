// What a reference in an answer (Location, Content-Location) means, seen from its request (RFC 3986 §5.2).
//
//   if (auto target = resolve_in_origin(request, response.fields.get(FieldId::location))) forget(*target);
#pragma once
#include <optional>
#include <string_view>

#include "http/target.hpp"
#include "sluice/http.hpp"

namespace sluice::http {

// Path, normalised without merging slashes, and query. Empty: it is of another origin (scheme, host, port),
// or malformed, or there is none.
std::optional<SplitTarget> resolve_in_origin(const Request& request, std::string_view reference);

}  // namespace sluice::http
