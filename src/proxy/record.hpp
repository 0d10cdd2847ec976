// What is told of an exchange that ended: its access record, its counts.
#pragma once
#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"
#include "telemetry/access_record.hpp"
#include "telemetry/worker_metrics.hpp"

namespace sluice::proxy {

// `began`: the wall clock's time of timeline.start; `now`: when it ended. Views of the exchange, valid until
// its arena is reset.
telemetry::AccessRecord record_of(const Exchange& x, const Outcome& outcome, WallPoint began, TimePoint now);

telemetry::RequestCount count_of(const Exchange& x, const Outcome& outcome, telemetry::ListenerId listener,
                                 TimePoint now);

}  // namespace sluice::proxy
