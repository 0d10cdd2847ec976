// What is asked of the origin for the cache's own sake (RFC 9111 §4.3.1), and what a 304 to a client says.
//
//   take_conditions(request.fields);                         // a miss: the whole, to store it
//   ask_whether_changed(request.fields, stored);             // a stale one: the whole, unless it is the same
#pragma once
#include "sluice/http.hpp"

namespace sluice::filters::cache {

// Takes off what asks for a part or for a difference to what the client has: If-None-Match,
// If-Modified-Since, If-Range, Range. The client's are answered from what is stored.
void take_conditions(Fields& request) noexcept;

// Puts the stored validators in the place of the client's conditions, as the origin wrote them: ETag in
// If-None-Match, Last-Modified in If-Modified-Since. False: there is none, nothing can be asked.
bool ask_whether_changed(Fields& request, const Fields& stored);

// RFC 9110 §15.4.5: a 304 has the fields of the 200 but for those that describe the content that is not
// there. Content-Location stays, and Last-Modified, by which caches on the way update what they store.
bool is_sent_with_not_modified(const Field& field) noexcept;

}  // namespace sluice::filters::cache
