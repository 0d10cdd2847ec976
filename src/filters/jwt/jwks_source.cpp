#include "filters/jwt/jwks_source.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>

#include "filters/jwt/refresh_times.hpp"
#include "sluice/timers.hpp"
#include "telemetry/log.hpp"

namespace sluice::filters::jwt {
namespace {

MetricSeries fetches(const std::string& name, const char* result) {
  return {"sluice_source_fetches_total",
          "Fetches of what the gateway needs itself, by how they ended.",
          {{"kind", "jwks"}, {"name", name}, {"result", result}}};
}

bool same(const Key& a, const Key& b) {
  return a.kid() == b.kid() && a.algorithms() == b.algorithms() &&
         EVP_PKEY_eq(a.public_key(), b.public_key()) == 1;
}

// Issuers shuffle their sets.
bool same(const KeySet& a, const KeySet& b) {
  auto among_b = [&](const Key& key) {
    return std::ranges::any_of(b.keys(), [&](const Key& other) { return same(key, other); });
  };
  return a.keys().size() == b.keys().size() && std::ranges::all_of(a.keys(), among_b);
}

}  // namespace

JwksSource::JwksSource(JwksOrigin origin, JwksTimes times, std::shared_ptr<LastGoodKeys> last,
                       unsigned workers, Meter& meter)
    : origin_(std::move(origin)),
      times_(times),
      name_(origin_.name()),
      last_(std::move(last)),
      demand_(std::make_shared<Demand>(times_.unknown_kid_cooldown, workers)),
      fetched_(meter.counter(fetches(name_, "success"))),
      failed_(meter.counter(fetches(name_, "failure"))),
      keys_(workers) {
  status_.kind = "jwks";
  status_.name = name_;
}

SourceStatus JwksSource::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

// ---- on worker 0

class JwksSource::Run {
 public:
  Run(JwksSource& source, Worker& worker, Fetcher& fetcher)
      : source_(source), worker_(worker), fetcher_(fetcher), times_(source.times_.refresh, seed()) {
    age_.run = this;
    source_.demand_->open(worker_);
    use(source_.last_->get());
  }
  Run(const Run&) = delete;
  ~Run() { source_.demand_->close(); }

  Task<Unit> loop() {
    auto& timers = worker_.timers;
    for (;;) {
      source_.demand_->begin();
      auto fetching = fetch_jwks(fetcher_, source_.origin_);
      auto fetched = co_await fetching;
      auto pause = fetched.keys ? good(fetched) : bad(fetched.fault);
      source_.demand_->end();
      Within<Unit> resting(timers, timers.now() + pause, source_.demand_->heard());
      (void)co_await resting;
    }
  }

 private:
  struct Age : Timer {
    Run* run = nullptr;
  };

  static std::uint32_t seed() { return static_cast<std::uint32_t>(Clock::now().time_since_epoch().count()); }

  Duration good(FetchedJwks& fetched) {
    source_.fetched_.add(worker_.index);
    auto keys = source_.keys_.latest();
    bool changed = !keys || !same(*keys, *fetched.keys);
    if (changed) keys = std::move(fetched.keys);
    LastGoodKeys::Known known{std::move(keys), worker_.timers.now(), wall_now()};
    source_.last_->set(known);
    if (changed) tell_change(*known.keys, fetched.notes);
    use(std::move(known));
    return times_.after_success();
  }

  Duration bad(const std::string& fault) {
    source_.failed_.add(worker_.index);
    std::lock_guard lock(source_.mutex_);
    auto& status = source_.status_;
    if (status.error != fault)
      log::warn("jwks.failed", {{"source", source_.name_}, {"reason", fault}, {"kept", status.items}});
    status.error = fault;
    return times_.after_failure();
  }

  void tell_change(const KeySet& keys, const std::vector<std::string>& notes) const {
    constexpr std::size_t most = 10;
    log::info("jwks.keys", {{"source", source_.name_}, {"count", keys.keys().size()}});
    for (std::size_t i = 0; i < std::min(notes.size(), most); ++i)
      log::info("jwks.key_left_out", {{"source", source_.name_}, {"reason", notes[i]}});
  }

  // These keys from here on, until they are too old.
  void use(LastGoodKeys::Known known) {
    if (!known.keys) return;
    auto until = known.at + source_.times_.max_stale;
    if (until <= worker_.timers.now()) return too_old();
    if (known.keys != source_.keys_.latest()) source_.keys_.set(known.keys);
    worker_.timers.arm(age_, until, [](Timer& t) { static_cast<Age&>(t).run->too_old(); });
    std::lock_guard lock(source_.mutex_);
    auto& status = source_.status_;
    if (!status.error.empty()) log::info("jwks.recovered", {{"source", source_.name_}});
    status.usable = true;
    status.error.clear();
    status.loaded = known.loaded;
    status.items = known.keys->keys().size();
  }

  void too_old() {
    if (source_.keys_.latest()) source_.keys_.set(nullptr);
    std::lock_guard lock(source_.mutex_);
    auto& status = source_.status_;
    if (status.usable) log::error("jwks.too_old", {{"source", source_.name_}, {"reason", status.error}});
    status.usable = false;
    status.loaded.reset();
    status.items = 0;
  }

  JwksSource& source_;
  Worker& worker_;
  Fetcher& fetcher_;
  RefreshTimes times_;
  Age age_;
};

Task<Unit> JwksSource::run(Worker& worker, Fetcher& fetcher) {
  Run run(*this, worker, fetcher);
  auto looping = run.loop();
  co_return co_await looping;
}

std::shared_ptr<JwksSource> jwks_source(const JwksOrigin& origin, const JwksTimes& times,
                                        FilterContext& context) {
  if (origin.ca && ::access(origin.ca->c_str(), R_OK) != 0)
    context.errors.push_back("jwks.ca: " + origin.ca->string() + ": cannot be read");
  auto identity = origin.identity();
  auto last = context.keepsakes.keep<LastGoodKeys>(identity, [] { return std::make_shared<LastGoodKeys>(); });
  for (auto time : {times.refresh, times.max_stale, times.unknown_kid_cooldown})
    identity += ' ' + std::to_string(time.count());
  auto source = context.keepsakes.keep<JwksSource>(identity, [&] {
    return std::make_shared<JwksSource>(origin, times, last, context.workers, context.meter);
  });
  context.background.push_back(source);
  return source;
}

}  // namespace sluice::filters::jwt
