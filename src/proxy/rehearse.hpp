// Faults that a route injects, for a share of its requests, so that what callers do then can be rehearsed.
//
//   auto rehearsing = rehearse(x, *route.faults, random);
//   if (co_await rehearsing == Verdict::reply) co_return Unit{};      // the upstream is not asked
//
// Flags `di` and `fi` say that it was nobody's fault. The pause stands inside the route's deadline.
#pragma once
#include "config/attempts.hpp"
#include "sluice/exchange.hpp"
#include "upstream/random.hpp"

namespace sluice::proxy {

Task<Verdict> rehearse(Exchange& x, const config::Rehearsal& faults, upstream::Random& random);

}  // namespace sluice::proxy
