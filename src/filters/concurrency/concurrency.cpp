#include "filters/concurrency/concurrency.hpp"

#include "base/generation.hpp"
#include "filters/concurrency/gates.hpp"
#include "sluice/value_of.hpp"

namespace sluice::filters::concurrency {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Counts {
  Counter in, waited, full, late;
  Gauge in_flight, waiting;
  Histogram wait;

  explicit Counts(FilterContext& c)
      : in(result(c, "in")),
        waited(result(c, "waited")),
        full(result(c, "full")),
        late(result(c, "late")),
        in_flight(c.meter.gauge({"sluice_concurrency_in_flight", "Requests that have a place.", policy(c)})),
        waiting(c.meter.gauge({"sluice_concurrency_waiting", "Requests that wait for a place.", policy(c)})),
        wait(c.meter.histogram(
            {"sluice_concurrency_wait_seconds", "How long those waited that got a place.", policy(c)})) {}

 private:
  static Labels policy(const FilterContext& c) { return {{"policy", std::string(c.name)}}; }
  static Counter result(FilterContext& c, const char* result) {
    auto labels = policy(c);
    labels.emplace_back("result", result);
    return c.meter.counter(
        {"sluice_concurrency_total", "Requests that asked for a place, by what became of that.", labels});
  }
};

std::shared_ptr<Gates> gates_of(FilterContext& context) {
  MetricSeries limit{"sluice_concurrency_limit",
                     "What adaptive limits are at the moment, all keys together.",
                     {{"policy", std::string(context.name)}}};
  return context.keepsakes.keep<Gates>(
      context.name, [&] { return std::make_shared<Gates>(context.workers, context.meter.gauge(limit)); });
}

// What the upstream needed, if it was asked and answered; too long, where a time-out ended it.
std::optional<Gates::Sample> sample_of(const Exchange& x, const Outcome& outcome) noexcept {
  auto& t = x.timeline;
  if (t.answered != TimePoint{} && t.forwarded != TimePoint{})
    return Gates::Sample{t.answered - t.forwarded, false};
  auto kind = outcome.error.kind;
  if (!outcome.complete || t.forwarded == TimePoint{}) return std::nullopt;
  if (kind == Error::Kind::timeout || kind == Error::Kind::deadline) return Gates::Sample{{}, true};
  return std::nullopt;
}

class Concurrency final : public Filter {
 public:
  using Settings = concurrency::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::limit; }

  Concurrency(const Settings& settings, FilterContext& context)
      : settings_(settings), counts_(context), mode_(context.mode), gates_(gates_of(context)) {}

  Eventual<Verdict> on_request(Exchange& x) const override {
    gates_->follow(generation_, settings_);
    auto key = key_of(x);
    if (gates_->try_enter(key) == Gates::How::in) [[likely]]
      return enter(x, key, counts_.in);
    bool shadow = mode_ && mode_->load(std::memory_order_relaxed) == Mode::shadow;
    if (settings_.queue == 0 || shadow) return refuse(x, "concurrency_full", counts_.full);
    return wait(x, key);
  }

 private:
  std::uint64_t key_of(Exchange& x) const {
    for (auto& part : settings_.key) {
      auto value = value_of(part, x);
      if (value.data()) return gates_->key(part.spelling(), value);
    }
    return gates_->key({}, {});
  }

  Verdict enter(Exchange& x, std::uint64_t key, const Counter& how) const {
    auto worker = x.worker.index;
    how.add(worker);
    counts_.in_flight.add(worker);
    x.on_end([this, key, &x](const Outcome& outcome) noexcept {
      counts_.in_flight.add(x.worker.index, -1);
      gates_->leave(key, x.worker.timers.now(), sample_of(x, outcome));
    });
    return Verdict::proceed;
  }

  Verdict refuse(Exchange& x, const char* reason, const Counter& how) const {
    how.add(x.worker.index);
    x.refuse(503, reason);
    x.explain("Too many requests are in progress.");
    x.flags.set(Flag::uo);
    x.response.fields.add(FieldId::retry_after, "Retry-After", "1");
    return Verdict::reply;
  }

  // A place in line, or the one that it led to until the exchange has it: what dies here is given on.
  class InLine {
   public:
    InLine(const Concurrency& filter, Worker& worker, std::uint64_t key, std::uint64_t number) noexcept
        : filter_(filter), worker_(worker), key_(key), number_(number), since_(worker.timers.now()) {
      filter_.counts_.waiting.add(worker_.index);
    }
    InLine(const InLine&) = delete;
    ~InLine() {
      filter_.counts_.waiting.add(worker_.index, -1);
      if (!in_) filter_.gates_->give_up(key_, number_, worker_.timers.now());
    }
    void in() noexcept {
      in_ = true;
      filter_.counts_.wait.observe(worker_.index, worker_.timers.now() - since_);
    }

   private:
    const Concurrency& filter_;
    Worker& worker_;
    const std::uint64_t key_, number_;
    const TimePoint since_;
    bool in_ = false;
  };

  // Ends when the place is there; whether it is kept then is the caller's to say.
  static Task<Result<Unit>> called(Waiter<Unit>& waiter) { co_return co_await waiter; }

  Task<Verdict> wait(Exchange& x, std::uint64_t key) const {
    Waiter<Unit> waiter;
    auto ticket = gates_->desk_of(x.worker.index).sit(waiter.resolver());
    auto entry = gates_->enter(key, {x.worker.index, &x.worker.mailbox, ticket});
    if (entry.how == Gates::How::full) co_return refuse(x, "concurrency_full", counts_.full);
    if (entry.how == Gates::How::in) co_return enter(x, key, counts_.in);

    InLine line(*this, x.worker, key, entry.number);
    Within<Unit> bounded(x.worker.timers, x.worker.timers.now() + settings_.queue_timeout, called(waiter));
    auto called = co_await bounded;
    if (!called) co_return refuse(x, "concurrency_queue_timeout", counts_.late);
    line.in();
    co_return enter(x, key, counts_.waited);
  }

  const std::uint64_t generation_ = base::next_generation();
  const Settings settings_;
  const Counts counts_;
  const std::shared_ptr<const std::atomic<Mode>> mode_;
  const std::shared_ptr<Gates> gates_;
};

}  // namespace

FilterKind concurrency_filter() {
  return filter_kind<Concurrency>("concurrency", {.decides = true, .repeatable = true});
}

}  // namespace sluice::filters::concurrency
