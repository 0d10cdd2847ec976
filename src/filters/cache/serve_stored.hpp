// A stored answer as the answer to this request: whole, its head alone, a part of it, or that the client has
// it already.
//
//   if (!serve_stored(x, stored, age)) ...            // its body can be read no more: ask the origin
//   add_cache_status(x.response.fields, ...);
//
// Conditions and ranges of the request are answered here (RFC 9110 §13, §14; RFC 9111 §4.3.2), of 200 and
// 206. Of several ranges in one request the whole is sent (RFC 9110 §14.2 leaves it open). The fields are
// views into what is stored: the exchange keeps it.
#pragma once
#include "filters/cache/stored_response.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::cache {

// False: the response is as it was.
bool serve_stored(Exchange& x, const StoredPtr& stored, Duration age);

// What is stored, as fields that can be changed: views, without what is between us and the origin alone.
Fields fields_of(const StoredResponse& stored, Arena& arena);

// The answer that is there already, 200, as the client asked for it: 304 where its condition says so.
void answer_conditions(Exchange& x);

// Fields that the origin means for us and not for the client (Surrogate-Control, Surrogate-Key).
bool is_for_surrogates(FieldId id) noexcept;
void strip_surrogate_fields(Fields& fields) noexcept;

// The wall's time of a moment of this worker's clock.
WallPoint wall_of(TimePoint at, const Timers& timers) noexcept;

}  // namespace sluice::filters::cache
