#include <algorithm>

#include "http/status.hpp"
#include "pipeline/faults.hpp"
#include "proxy/explain.hpp"
#include "proxy/inbound.hpp"
#include "proxy/names.hpp"
#include "proxy/record.hpp"
#include "proxy/serve.hpp"
#include "telemetry/caught.hpp"
#include "telemetry/log.hpp"

namespace sluice {

const proxy::ListenerPolicy& Snapshot::listener(std::string_view name) const noexcept {
  static const proxy::ListenerPolicy unknown;
  auto at = std::ranges::find(listeners, name, &proxy::ListenerPolicy::name);
  return at == listeners.end() ? unknown : *at;
}

namespace proxy {

Gateway::Gateway(Worker& worker, const Forwarding& forwarding, telemetry::Metrics& metrics, Records records)
    : worker_(worker),
      forwarding_(forwarding),
      metrics_(metrics.worker(worker.index)),
      records_(std::move(records)),
      faults_(metrics.counter({"sluice_faults_total", "Exceptions that were caught: bugs.", {}})),
      late_hooks_(metrics.counter(
          {"sluice_hooks_late_total", "Work on an answer that was skipped because it took too long.", {}})),
      lag_probe_(worker) {
  publish(std::make_shared<Snapshot>());
}

Gateway::~Gateway() = default;

void Gateway::publish(std::shared_ptr<const Snapshot> snapshot) {
  lag_probe_.watch(snapshot->overload, snapshot->overload_bounds);
  cells_.push_back(std::make_unique<SnapshotPin::Cell>(SnapshotPin::Cell{std::move(snapshot), 0}));
  drop_unused_snapshots();
}

std::size_t Gateway::drop_unused_snapshots() const {
  auto* current = cells_.back().get();
  std::erase_if(cells_, [current](auto& cell) { return cell.get() != current && cell->uses == 0; });
  return cells_.size();
}

// The observer is the first one, so it runs last, when everybody else has said what there is to say.
void Gateway::begin(Exchange& x) const {
  if (cells_.size() > 1) drop_unused_snapshots();
  x.snapshot = SnapshotPin(*cells_.back());
  x.onward = this;
  auto began = worker_.timers.wall();
  if (auto start = x.timeline.start; start != TimePoint{})
    began -= std::chrono::duration_cast<WallClock::duration>(worker_.timers.now() - start);
  if (auto* overload = x.snapshot.get()->overload.get()) overload->enter();
  x.on_end([this, &x, began](const Outcome& outcome) noexcept { record(x, outcome, began); });
  auto& snapshot = *x.snapshot.get();
  believe(x, snapshot.listener(x.peer.listener), snapshot.request_id_header, ids_, began);
  if (snapshot.explain) take_question(x, *snapshot.explain);
}

void Gateway::finish_head(Exchange& x) const {
  auto& snapshot = *x.snapshot.get();
  auto& r = x.response;
  auto& id = snapshot.request_id_header;
  r.fields.set(id.id, id.text, x.id);
  if (x.trace) tell_decisions(x, snapshot.explain->header);
  if (snapshot.via_on_answers) r.fields.add(FieldId::via, "Via", via);
  bool bodiless = x.request.method == Method::head || (r.status != 101 && http::is_bodiless(r.status));
  if (bodiless) r.body.reset();
}

void Gateway::finish(Exchange& x, const Result<Unit>& sent) const noexcept {
  auto flags = x.flags;
  if (!sent) flags.set(pipeline::flags_of(sent.error()));
  x.end({x.response.status, x.sent, static_cast<bool>(sent), sent ? x.error : sent.error(), flags});
}

void Gateway::abandon(Exchange& x, const Error& why) const noexcept {
  if (!x.snapshot.get()) begin(x);
  bool head_sent = x.timeline.responded != TimePoint{};
  auto flags = x.flags;
  flags.set(why.side == Error::Side::downstream ? ResponseFlags{Flag::dc} : ResponseFlags{Flag::lr});
  x.end({head_sent ? x.response.status : std::uint16_t{499}, x.sent, false, why, flags});
}

void Gateway::record(const Exchange& x, const Outcome& outcome, WallPoint began) const noexcept {
  auto& snapshot = *x.snapshot.get();
  if (snapshot.overload) snapshot.overload->leave();
  auto& listener = snapshot.listener(x.peer.listener);
  auto now = worker_.timers.exact();
  metrics_.request(count_of(x, outcome, listener.id, now));
  if (records_) records_(record_of(x, outcome, began, now));
}

// Called where something was caught.
void Gateway::fault(Exchange& x, const char* where) const noexcept {
  static constinit log::Throttle throttle{std::chrono::seconds(1)};
  log::error(
      throttle, x.worker.timers.now(), "exchange.fault",
      {{"request_id", x.id}, {"route", x.route_name}, {"where", where}, {"error", telemetry::caught()}});
  faults_.add(x.worker.index);
  x.error = Error(Error::Kind::internal, Error::Side::internal, "fault");
  if (x.timeline.responded == TimePoint{}) x.refuse(500, "fault");
}

}  // namespace proxy
}  // namespace sluice
