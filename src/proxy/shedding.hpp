// What overload does to one exchange.
//
//   shed_if_overloaded(x, snapshot);            // then the answer is there: 503, flag OM, or the route's own
//   auto& chain = chain_of(x, snapshot, from);
//   ...
//   if (x.thrift == Thrift::stored_only) shed(x, snapshot);      // no filter of the chain had an answer
#pragma once
#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

// Of one that has a route; a worker that has just become too busy is noticed here. Where the route would
// rather give what is stored, it is said in `x.thrift` instead.
void shed_if_overloaded(Exchange& x, const Snapshot& snapshot);

void shed(Exchange& x, const Snapshot& snapshot);

// Of its route, without the optional filters where there is too much to do.
const pipeline::FilterChain& chain_of(const Exchange& x, const Snapshot& snapshot, std::size_t from) noexcept;

}  // namespace sluice::proxy
