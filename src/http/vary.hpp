// The Vary field (RFC 9110 §12.5.5): what of a request an answer depends on.
//
//   http::vary_on(exchange.response.fields, "Origin");     // "Accept" becomes "Accept, Origin"
#pragma once
#include "sluice/http.hpp"

namespace sluice::http {

// Says that the answer depends on the request's field `name`, besides what is said already; all in one line,
// since not every cache reads a second one. A Vary of `*` says more and stays.
void vary_on(Fields& fields, std::string_view name);

}  // namespace sluice::http
