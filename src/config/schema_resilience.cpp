// What the keys mean that keep failures small: of upstreams and of the process.
#include "config/config.hpp"

namespace sluice::config {

const Schema& Outlier::schema() {
  static const Schema s =
      describe<Outlier>(
          "Endpoints that answer badly are left alone for a while. A failed or broken connection and a "
          "time-out of an attempt count like a 5xx.")
          .member("consecutive_5xx", &Outlier::consecutive_5xx,
                  "So many bad answers in a row eject an endpoint.", range(1, 1000000))
          .member("success_rate", &Outlier::success_rate,
                  "An endpoint whose share of good answers in the last 10s is under this share of the mean "
                  "of all is ejected.",
                  range(Percent{0.01}, Percent{1.0}))
          .member("min_requests", &Outlier::min_requests,
                  "With fewer answers in the last 10s an endpoint's success rate says nothing.",
                  range(1, 1000000))
          .member("eject", &Outlier::eject,
                  "How long the first ejection lasts; each that follows lasts so much longer, and each such "
                  "time without one takes that back.",
                  at_least<Duration>(10ms))
          .member("max_eject", &Outlier::max_eject, "The longest ejection.")
          .member("max_ejected", &Outlier::max_ejected,
                  "The most endpoints that are ejected at a time, as a share of all. One always may be, as "
                  "long as another one is available.",
                  range(Percent{0}, Percent{1.0}))
          .member("panic", &Outlier::panic,
                  "When the share of available endpoints falls below this, the ejected ones come back; those "
                  "that fail the active check do not.",
                  range(Percent{0}, Percent{1.0}))
          .check([](const Outlier& o, Faults& faults) {
            if (o.max_eject < o.eject) faults.add("max_eject", "'max_eject' is shorter than 'eject'");
            if (!o.consecutive_5xx && !o.success_rate)
              faults.add("success_rate", "'consecutive_5xx' and 'success_rate' are both off: nothing ejects");
          });
  return s;
}

const Schema& Breaker::schema() {
  static const Schema s =
      describe<Breaker>(
          "What an upstream is spared. A request that is refused is refused at once, with 503 and "
          "`Retry-After`.")
          .member("in_flight", &Breaker::in_flight,
                  "The most requests on their way, of all workers, each to the end of its answer.",
                  at_least(1))
          .member("pending", &Breaker::pending, "The most of them that wait for a connection to be made.",
                  at_least(1))
          .member("error_rate", &Breaker::error_rate,
                  "The breaker opens when at least this share of the answers in `window` was bad: 5xx, or "
                  "none at all.",
                  range(Percent{0.01}, Percent{1.0}))
          .member("min_requests", &Breaker::min_requests, "With fewer answers in `window` it stays closed.",
                  range(1, 1000000))
          .member("window", &Breaker::window, "The time that is looked at.", at_least<Duration>(100ms))
          .member("open", &Breaker::open, "How long an open breaker refuses everything.",
                  at_least<Duration>(10ms))
          .member("probes", &Breaker::probes,
                  "Then so many requests pass; when all of them are answered well it closes, and the first "
                  "that is not opens it again.",
                  range(1, 1000));
  return s;
}

const Schema& Overload::schema() {
  static const Schema s =
      describe<Overload>(
          "When the whole process has more to do than it can: first optional filters are skipped where "
          "routes allow it, then routes of low importance are refused, then those of normal importance.")
          .member("loop_lag", &Overload::loop_lag, "By how much a worker's event loop may run late.",
                  at_least<Duration>(10ms))
          .member("in_flight", &Overload::in_flight, "The requests of all workers at a time.", at_least(1))
          .check([](const Overload& o, Faults& faults) {
            if (!o.loop_lag && !o.in_flight)
              faults.add("in_flight", "'loop_lag' and 'in_flight' are both off: there is no bound");
          });
  return s;
}

const Schema& DegradeStep::schema() {
  static const Schema s =
      describe<DegradeStep>("What a route does with less under overload.")
          .member("step", &DegradeStep::step,
                  "`skip_optional`: filters with `optional: true` do not run. `serve_stale`: what the "
                  "route's cache has is given without asking the upstream, stale too, and a request that "
                  "would be shed is only when the cache has nothing.")
          .member("respond", &DegradeStep::respond,
                  "This answer in the place of the usual 503, when the route's requests are shed.")
          .exactly_one({"step", "respond"})
          .short_form("step");
  return s;
}

}  // namespace sluice::config
