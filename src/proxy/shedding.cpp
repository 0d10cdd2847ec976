#include "proxy/shedding.hpp"

#include "proxy/local_reply.hpp"
#include "proxy/overload.hpp"

namespace sluice::proxy {

void shed(Exchange& x, const Snapshot& snapshot) {
  auto& overload = *snapshot.overload;
  auto worker = x.worker.index;
  overload.count_shed(worker, x.route->importance);
  x.flags.set(Flag::om);
  if (auto& instead = x.route->shed_answer) {
    overload.count_responded(worker);
    respond(x, *instead);
  } else {
    x.refuse(503, "overloaded");
  }
}

void shed_if_overloaded(Exchange& x, const Snapshot& snapshot) {
  if (!snapshot.overload_bounds || !x.route) return;
  auto& overload = *snapshot.overload;
  auto worker = x.worker.index;
  overload.observe(worker, *snapshot.overload_bounds, x.worker.timers.now());
  auto level = overload.level(worker);
  if (level == 0) [[likely]]
    return;
  bool sheds = overload.sheds(worker, x.route->importance);
  if (x.route->serves_stale)
    x.thrift = sheds ? Exchange::Thrift::stored_only : Exchange::Thrift::stored_first;
  else if (sheds)
    shed(x, snapshot);
}

const pipeline::FilterChain& chain_of(const Exchange& x, const Snapshot& snapshot,
                                      std::size_t from) noexcept {
  if (!x.route) return snapshot.edge;
  auto& reduced = x.route->reduced_chain;
  if (!reduced || from != 0 || !snapshot.overload_bounds) return x.route->chain;
  if (snapshot.overload->level(x.worker.index) == 0) return x.route->chain;
  snapshot.overload->count_skipped(x.worker.index);
  return *reduced;
}

}  // namespace sluice::proxy
