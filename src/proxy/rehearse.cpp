#include "proxy/rehearse.hpp"

#include "upstream/sleep.hpp"

namespace sluice::proxy {

Task<Verdict> rehearse(Exchange& x, const config::Rehearsal& faults, upstream::Random& random) {
  if (auto& delay = faults.delay; delay && random.share() < delay->sample.share) {
    x.flags.set(Flag::di);
    upstream::Sleep sleep(x.worker.timers, x.worker.timers.now() + delay->time);
    co_await sleep;
  }
  if (auto& abort = faults.abort; abort && random.share() < abort->sample.share) {
    x.flags.set(Flag::fi);
    co_return x.refuse(abort->status, "fault_injected");
  }
  co_return Verdict::proceed;
}

}  // namespace sluice::proxy
