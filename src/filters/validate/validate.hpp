// Whether a request is well formed: content type, parameters of the query and fields with their types, and
// the body, by limits of its JSON and by a JSON Schema. What is wrong is told all at once; a request that is
// refused goes nowhere; the body that goes on is byte for byte what came.
//
//   policies:
//     report: { validate: { body: { schema: schemas/report.json } } }
#pragma once
#include "filters/validate/settings.hpp"
#include "sluice/filter_kind.hpp"

namespace sluice::filters::validate {

FilterKind validate_filter();

}  // namespace sluice::filters::validate
