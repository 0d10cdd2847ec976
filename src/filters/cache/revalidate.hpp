// Asking the origin whether a stored answer is still good (RFC 9111 §4.3), and what its answer makes of it.
//
//   SetAside client(x);                              // its own conditions are not the origin's business
//   add_validators(x.request.fields, *stored);
//   ...                                              // the request goes up; 304
//   client.put_back(x.request.fields);
//   if (auto head = renewed(x, *stored, ...)) ...
#pragma once
#include "filters/cache/stored_response.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::cache {

// What a client says of what it has, and of which part it wants: kept aside while its request is sent for the
// cache's sake. In the exchange's arena.
class SetAside {
 public:
  explicit SetAside(Request& request);
  bool any() const noexcept { return fields_.size() > 0; }
  // In the place of what was asked instead.
  void put_back(Request& request) const;

 private:
  Fields fields_;
};

// If-None-Match and If-Modified-Since of what is stored. False: it has nothing to be asked by.
bool add_validators(Request& request, const StoredResponse& stored);

// The stored fields as an answer of now updates them: a 304, or one to HEAD (RFC 9111 §3.2). With the Date of
// now where the answer has none, and its Age, which is not stored.
Fields updated_fields(const StoredResponse& stored, const Fields& answer, WallPoint now);

// The Date of now, where there is none: each time that it is given again it has to have the same.
void add_date(Fields& fields, WallPoint now);

}  // namespace sluice::filters::cache
