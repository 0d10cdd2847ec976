#include "net/redis/leases.hpp"

#include <random>

namespace sluice::net {
namespace {

base::HashSeed random_seed() {
  std::random_device random;
  auto word = [&] { return std::uint64_t(random()) << 32 | random(); };
  return {word(), word()};
}

bool same(std::span<const RateLimit> a, std::span<const RateLimit> b) noexcept {
  return std::ranges::equal(a, b, [](auto& x, auto& y) { return x.rate == y.rate && x.burst == y.burst; });
}

void pass(Duration& wait, Duration time) noexcept {
  wait = std::max(wait - time, Duration{});
}

}  // namespace

struct RedisLeases::Policy {
  std::string prefix, name;
  Counter taken, returned, spared;
  Keys keys;
};

struct RedisLeases::Entry {
  Entry(Policy& p, const BucketAsk& ask, TimePoint now)
      : policy(p), key(ask.key), limits(ask.limits.begin(), ask.limits.end()), cost(ask.cost), lease(now) {}

  Policy& policy;
  const std::string key;
  const std::vector<RateLimit> limits;
  const std::uint64_t cost;
  RedisLease lease;
  Grant known;  // as Redis said last
  TimePoint known_at;
  TimePoint refused_until;

  bool is_for(const BucketAsk& ask) const noexcept { return ask.cost == cost && same(ask.limits, limits); }
  bool idle(TimePoint now) const noexcept { return lease.idle() && refused_until <= now; }

  void learn(const Grant& grant, TimePoint now) noexcept {
    known = grant;
    known_at = now;
    refused_until = grant.allowed ? TimePoint() : now + std::min(grant.retry_after(), longest_refusal);
  }
  // What is held counts as there.
  Grant as_of(TimePoint now, bool allowed) const noexcept {
    auto grant = known;
    grant.allowed = allowed;
    for (std::uint8_t i = 0; i < grant.count; ++i) {
      auto& level = grant.levels[i];
      level.left = std::min(level.left + lease.held(), limits[i].burst);
      pass(level.full_in, now - known_at);
      if (allowed)
        level.wait = Duration{};
      else
        pass(level.wait, now - known_at);
    }
    return grant;
  }
};

RedisLeases::RedisLeases(RedisClient& client, Meter& meter)
    : client_(client), meter_(meter), hash_{random_seed()} {
  running_.spawn(sweep_now_and_then());
}

RedisLeases::~RedisLeases() = default;

std::optional<Grant> RedisLeases::decide(const std::string& prefix, const BucketAsk& ask,
                                         std::uint64_t most) {
  if (closed_) return std::nullopt;
  auto* e = entry(policy(prefix, ask.policy), ask);
  if (!e) return std::nullopt;
  auto worker = client_.reactor().worker().index;
  bool held = e->lease.spend(ask.cost, now());
  if (auto count = e->lease.wanted(most); count > ask.cost && e->refused_until <= now()) {
    e->lease.fetching();
    running_.spawn(fetch(*e, count));
  }
  bool refused = !held && e->refused_until > now();
  if (!held && !refused) return std::nullopt;
  e->policy.spared.add(worker);
  return e->as_of(now(), held);
}

void RedisLeases::learn(const BucketAsk& ask, const Grant& grant) {
  if (auto* e = find(ask)) e->learn(grant, now());
}

Task<Unit> RedisLeases::fetch(Entry& e, std::uint64_t count) {
  BucketCommand command(e.policy.prefix,
                        {BucketMode::take, e.policy.name, e.key, e.limits, e.cost, count - e.cost, ""});
  auto running = run(client_, command);
  auto said = co_await running;
  std::uint64_t got = said && said->grant.allowed ? e.cost + said->extra : 0;
  e.lease.fetched(got);
  if (closed_ && got != 0) give_back(e, e.lease.give_up_all());
  e.policy.taken.add(client_.reactor().worker().index, got);
  if (said) e.learn(said->grant, now());
  co_return Unit{};
}

// ---- what is held

RedisLeases::Policy& RedisLeases::policy(const std::string& prefix, std::string_view name) {
  auto found = policies_.find(name);
  if (found != policies_.end()) return *found->second;
  auto counter = [&](const char* series, const char* help) {
    return meter_.counter({series, help, {{"policy", std::string(name)}}});
  };
  auto made = std::make_unique<Policy>(
      Policy{prefix, std::string(name),
             counter("sluice_rate_limit_leased_total", "Tokens that were taken from Redis in advance."),
             counter("sluice_rate_limit_returned_total", "Tokens of those that were given back."),
             counter("sluice_rate_limit_spared_total", "Decisions of leases, without asking Redis."),
             Keys(0, hash_)});
  return *policies_.emplace(name, std::move(made)).first->second;
}

RedisLeases::Entry* RedisLeases::entry(Policy& p, const BucketAsk& ask) {
  auto found = p.keys.find(ask.key);
  if (found != p.keys.end()) {
    auto* e = found->second.get();
    if (e->is_for(ask)) return e;
    // Another limit now: what is held is of the one before, and goes back with it.
    if (e->lease.held() != 0) give_back(*e, e->lease.give_up_all());
    return nullptr;
  }
  if (size_ >= max_keys) return nullptr;
  ++size_;
  return p.keys.emplace(ask.key, std::make_unique<Entry>(p, ask, now())).first->second.get();
}

RedisLeases::Entry* RedisLeases::find(const BucketAsk& ask) {
  auto p = policies_.find(ask.policy);
  if (p == policies_.end()) return nullptr;
  auto found = p->second->keys.find(ask.key);
  return found != p->second->keys.end() && found->second->is_for(ask) ? found->second.get() : nullptr;
}

// ---- giving back

Task<Unit> RedisLeases::sweep_now_and_then() {
  for (Bell never;;) {
    Bell::Wait pause(never, client_.reactor().timers(), now() + RedisLease::interval);
    co_await pause;
    for (auto& [name, p] : policies_) sweep(*p);
  }
}

void RedisLeases::sweep(Policy& p) {
  for (auto at = p.keys.begin(); at != p.keys.end();) {
    auto& e = *at->second;
    if (auto count = e.lease.excess(now())) give_back(e, count);
    if (e.idle(now())) {
      at = p.keys.erase(at);
      --size_;
    } else {
      ++at;
    }
  }
}

void RedisLeases::give_back(Entry& e, std::uint64_t count) {
  BucketCommand command(e.policy.prefix, {BucketMode::give, e.policy.name, e.key, e.limits, count, 0, ""});
  client_.tell(command.by_digest());
  e.policy.returned.add(client_.reactor().worker().index, count);
}

void RedisLeases::close() {
  closed_ = true;
  for (auto& [name, p] : policies_)
    for (auto& [key, e] : p->keys)
      if (e->lease.held() != 0) give_back(*e, e->lease.give_up_all());
}

}  // namespace sluice::net
