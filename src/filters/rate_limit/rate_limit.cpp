#include "filters/rate_limit/rate_limit.hpp"

#include <algorithm>

#include "base/generation.hpp"
#include "filters/rate_limit/control.hpp"
#include "filters/rate_limit/counts.hpp"
#include "filters/rate_limit/fields.hpp"
#include "filters/rate_limit/memory_buckets.hpp"
#include "sluice/value_of.hpp"

namespace sluice::filters::rate_limit {
namespace {

using Limits = std::span<const RateLimit>;

// Of a table that is there already the bound stays until it is used by these settings.
std::shared_ptr<MemoryBuckets> memory_of(FilterContext& context, std::uint64_t most) {
  MetricSeries buckets{"sluice_rate_limit_buckets",
                       "Buckets in memory; full ones are not kept.",
                       {{"policy", std::string(context.name)}}};
  MetricSeries evicted{"sluice_rate_limit_evicted_total",
                       "Buckets that were dropped before they were full, for want of room.", buckets.labels};
  return context.keepsakes.keep<MemoryBuckets>(context.name, [&] {
    return std::make_shared<MemoryBuckets>(
        most, MemoryBuckets::Meters{context.meter.gauge(buckets), context.meter.counter(evicted)});
  });
}

std::shared_ptr<LimitsInForce> limits_of(FilterContext& context) {
  return context.keepsakes.keep<LimitsInForce>(
      context.name, [&] { return std::make_shared<LimitsInForce>(context.workers); });
}

std::shared_ptr<BucketStore> shared_store(FilterContext& context, const Settings& settings) {
  if (settings.store == Store::memory) return nullptr;
  auto store = context.stores ? context.stores->redis_buckets : nullptr;
  if (!store)
    context.errors.push_back(std::string(context.name) + ": `store: redis` needs `redis` in the file");
  return store;
}

std::span<RateLimit> copy(Limits limits, Arena& arena) {
  auto* to = static_cast<RateLimit*>(arena.take(limits.size_bytes(), alignof(RateLimit)));
  std::uninitialized_copy(limits.begin(), limits.end(), to);
  return {to, limits.size()};
}

class RateLimiting final : public Filter {
 public:
  using Settings = rate_limit::Settings;
  static Phase phase(const Settings& s) noexcept { return s.needs_identity() ? Phase::limit : Phase::edge; }

  RateLimiting(const Settings& settings, FilterContext& context)
      : name_(context.name),
        settings_(settings),
        cost_(settings.cost),
        leases_(settings.leases),
        on_failure_(settings.on_store_failure),
        keys_(settings.key, settings.ip_prefix),
        fields_(context.name, settings.headers),
        counts_(context),
        mode_(context.mode),
        limits_(limits_of(context)),
        memory_(memory_of(context, settings.max_keys)),
        shared_(shared_store(context, settings)) {
    if (settings.by) {
      by_ = settings.by->value;
      for (auto& [plan, limits] : settings.by->plans) plans_.emplace(plan, values_of(limits));
    }
    auto store = shared_ ? shared_ : std::static_pointer_cast<BucketStore>(memory_);
    if (context.adjustables)
      context.adjustables->push_back(std::make_shared<Control>(name_, settings, generation_, limits_, store));
  }

  Eventual<Verdict> on_request(Exchange& x) const override {
    if (limits_->follow(generation_, settings_)) [[unlikely]]
      memory_->bound(settings_.max_keys);
    auto key = keys_.make(x);
    BucketAsk ask{name_, key.bytes, limits_for(x, key), cost_, leases_};
    if (shared_) return ask_shared(x, ask);
    return settle(x, ask, memory_->take_now(ask, x.worker.timers.now(), x.worker.index));
  }

 private:
  // What the caller has of its own, its plan's, the policy's.
  Limits limits_for(Exchange& x, const KeyMaker::Made& key) const {
    if (key.of_identity && !x.principal.limits.empty()) return own_limits(x);
    if (by_) {
      auto plan = plans_.find(value_of(*by_, x));
      if (plan != plans_.end()) return plan->second;
    }
    return limits_->get(x.worker);
  }
  // They were written without a look at this policy's cost.
  Limits own_limits(Exchange& x) const {
    auto own =
        copy(x.principal.limits.first(std::min(x.principal.limits.size(), BucketAsk::max_limits)), x.arena);
    for (auto& limit : own) limit.burst = std::max(limit.burst, cost_);
    return own;
  }

  // The limits in force may be replaced meanwhile.
  Eventual<Verdict> ask_shared(Exchange& x, const BucketAsk& asked) const {
    auto* ask = x.arena.make<BucketAsk>(asked);
    ask->limits = copy(asked.limits, x.arena);
    auto began = x.worker.timers.exact();
    auto taking = shared_->take(x.worker, *ask);
    return std::move(taking).then([this, &x, ask, began](Result<Grant> grant) -> Eventual<Verdict> {
      counts_.store_latency.observe(x.worker.index, x.worker.timers.exact() - began);
      if (grant) return settle(x, *ask, *grant);
      return without_store(x, *ask);
    });
  }

  Verdict without_store(Exchange& x, const BucketAsk& asked) const {
    counts_.store_failures.add(x.worker.index);
    x.flags.set(Flag::rlse);
    if (on_failure_ == OnStoreFailure::allow) {
      counts_.add(x, Counts::Result::allowed);
      return Verdict::proceed;
    }
    if (on_failure_ == OnStoreFailure::deny) {
      count_refusal(x);
      return refuse(x, {503, "rate_limit_store_failed", "It cannot be told at the moment who may pass."},
                    std::chrono::seconds(1));
    }
    auto ask = asked;
    ask.limits = share_of(asked.limits, x.arena);
    return settle(x, asked, memory_->take_now(ask, x.worker.timers.now(), x.worker.index));
  }

  // This replica's: a rate of n in the time of all replicas' turns, and its part of the burst, which has to
  // hold one request all the same.
  Limits share_of(Limits limits, Arena& arena) const {
    auto replicas = std::max(shared_->replicas(), 1u);
    auto share = copy(limits, arena);
    for (auto& limit : share) {
      limit.rate.per *= replicas;
      limit.burst = std::max(limit.burst / replicas, cost_);
    }
    return share;
  }

  Verdict settle(Exchange& x, const BucketAsk& ask, const Grant& grant) const {
    if (fields_.any()) tell(x, ask.limits, grant);
    if (grant.allowed) [[likely]] {
      counts_.add(x, Counts::Result::allowed);
      return Verdict::proceed;
    }
    count_refusal(x);
    x.flags.set(Flag::rl);
    return refuse(x, {429, "rate_limited", "Too many requests; Retry-After says when there is room again."},
                  grant.retry_after());
  }

  void count_refusal(Exchange& x) const {
    bool shadow = mode_ && mode_->load(std::memory_order_relaxed) == Mode::shadow;
    counts_.add(x, shadow ? Counts::Result::shadow_refused : Counts::Result::refused);
  }

  struct Refusal {
    std::uint16_t status;
    const char* reason;
    std::string_view detail;
  };
  static Verdict refuse(Exchange& x, const Refusal& refusal, Duration wait) {
    auto after = decimal(std::max<std::uint64_t>(seconds(wait), 1), x.arena);
    x.refuse(refusal.status, refusal.reason);
    x.explain(refusal.detail);
    x.response.fields.add(FieldId::retry_after, "Retry-After", after);
    return Verdict::reply;
  }

  // Written now, added to whatever the answer will be.
  void tell(Exchange& x, Limits limits, const Grant& grant) const {
    if (fields_.ietf())
      x.on_response([policy = fields_.policy(limits, x.arena),
                     state = fields_.state(limits, grant, x.arena)](Exchange& y) -> Eventual<Unit> {
        y.response.fields.add(FieldId::other, "RateLimit-Policy", policy);
        y.response.fields.add(FieldId::other, "RateLimit", state);
        return Unit{};
      });
    if (fields_.has_x())
      x.on_response([f = LimitFields::x(limits, grant, x.arena)](Exchange& y) -> Eventual<Unit> {
        y.response.fields.set(FieldId::other, "X-RateLimit-Limit", f.limit);
        y.response.fields.set(FieldId::other, "X-RateLimit-Remaining", f.remaining);
        y.response.fields.set(FieldId::other, "X-RateLimit-Reset", f.reset);
        return Unit{};
      });
  }

  const std::string name_;
  const std::uint64_t generation_ = base::next_generation();
  const Settings settings_;
  const std::uint64_t cost_;
  const bool leases_;
  const OnStoreFailure on_failure_;
  const KeyMaker keys_;
  const LimitFields fields_;
  const Counts counts_;
  const std::shared_ptr<const std::atomic<Mode>> mode_;
  const std::shared_ptr<LimitsInForce> limits_;
  const std::shared_ptr<MemoryBuckets> memory_;
  const std::shared_ptr<BucketStore> shared_;  // null: the buckets are in memory
  std::optional<Variable> by_;
  std::map<std::string, std::vector<RateLimit>, std::less<>> plans_;
};

}  // namespace

FilterKind rate_limit_filter() {
  return filter_kind<RateLimiting>("rate_limit", {.decides = true, .repeatable = true});
}

}  // namespace sluice::filters::rate_limit
