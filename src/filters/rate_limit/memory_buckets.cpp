#include "filters/rate_limit/memory_buckets.hpp"

#include <bit>
#include <mutex>
#include <random>

namespace sluice::filters::rate_limit {
namespace {

constexpr std::size_t most_shards = 256;
constexpr std::size_t smallest_shard = 256;  // buckets: with few of them a hash fills shards unevenly

base::HashSeed random_seed() {
  std::random_device device;
  auto word = [&] { return static_cast<std::uint64_t>(device()) << 32 | device(); };
  return {word(), word()};
}

std::size_t shards_for(std::size_t most) noexcept {
  return std::bit_floor(std::clamp<std::size_t>(most / smallest_shard, 1, most_shards));
}

// The buckets of one key stand next to each other in name only: the table spreads them.
std::uint64_t of_limit(std::uint64_t hash, std::size_t place) noexcept {
  return hash + place * 0x9e3779b97f4a7c15;
}

bool is_worse(const BucketLevel& a, const BucketLevel& b) noexcept {
  return a.wait != b.wait ? a.wait > b.wait : a.left < b.left;
}

}  // namespace

// The buckets of one ask, out of the table until it is decided.
struct MemoryBuckets::Draft {
  BucketTable& table;
  const BucketAsk& ask;
  const std::uint64_t hash;
  const TimePoint now;
  std::array<BucketTable::Cell*, BucketAsk::max_limits> cells;
  union {  // as many as there are limits
    std::array<base::BucketRule, BucketAsk::max_limits> rules;
  };
  union {
    std::array<base::TokenBucket, BucketAsk::max_limits> buckets;
  };

  Draft(BucketTable& t, const BucketAsk& a, std::uint64_t h, TimePoint at) noexcept
      : table(t), ask(a), hash(h), now(at) {}

  // Whether all of them hold the cost.
  bool read() noexcept {
    bool enough = true;
    for (std::size_t i = 0; i < ask.limits.size(); ++i) {
      rules[i] = base::BucketRule(ask.limits[i].rate, ask.limits[i].burst);
      cells[i] = table.find(of_limit(hash, i));
      buckets[i] = cells[i] ? cells[i]->bucket(rules[i]) : base::TokenBucket::full(rules[i], now);
      buckets[i].refill(rules[i], now);
      enough &= buckets[i].holds(ask.cost);
    }
    return enough;
  }

  void take() noexcept {
    for (std::size_t i = 0; i < ask.limits.size(); ++i) buckets[i].take(ask.cost);
  }

  void judge(Grant& grant) const noexcept {
    grant.count = static_cast<std::uint8_t>(ask.limits.size());
    for (std::size_t i = 0; i < ask.limits.size(); ++i) {
      auto wait = grant.allowed ? Duration{} : buckets[i].until(ask.cost, rules[i], now);
      grant.levels[i] = {buckets[i].whole(), wait, buckets[i].until_full(rules[i], now)};
      if (is_worse(grant.levels[i], grant.levels[grant.decisive]))
        grant.decisive = static_cast<std::uint8_t>(i);
    }
  }

  // An insertion moves cells, so from the first one on they are looked for again.
  void put_back(const Grant& grant) {
    bool moved = false;
    for (std::size_t i = 0; i < ask.limits.size(); ++i) {
      auto* cell = moved ? table.find(of_limit(hash, i)) : cells[i];
      if (!cell) {
        cell = &table.insert(of_limit(hash, i), now);
        moved = true;
      }
      cell->put(buckets[i], now + grant.levels[i].full_in);
    }
  }
};

MemoryBuckets::MemoryBuckets(std::size_t most, Meters meters)
    : seed_(random_seed()),
      count_(shards_for(most)),
      shards_(std::make_unique<Shard[]>(count_)),
      meters_(meters) {
  bound(most);
}

MemoryBuckets::~MemoryBuckets() {
  meters_.buckets.add_elsewhere(-static_cast<std::int64_t>(size()));
}

std::uint64_t MemoryBuckets::hash(std::string_view key) const noexcept {
  return base::KeyedHash<>(seed_).add(key).finish();
}

Grant MemoryBuckets::take_now(const BucketAsk& ask, TimePoint now, std::size_t worker) {
  Grant grant;
  auto h = hash(ask.key);
  auto& s = shard(h);
  std::lock_guard held(s.lock);
  Draft draft(s.table, ask, h, now);
  grant.allowed = draft.read();
  if (grant.allowed) draft.take();
  draft.judge(grant);
  if (grant.allowed) {
    auto size = s.table.size();
    auto evicted = s.table.evicted();
    draft.put_back(grant);
    count(s.table, size, evicted, worker);
  }
  return grant;
}

Grant MemoryBuckets::peek_now(const BucketAsk& ask, TimePoint now) {
  Grant grant;
  auto h = hash(ask.key);
  auto& s = shard(h);
  std::lock_guard held(s.lock);
  Draft draft(s.table, ask, h, now);
  grant.allowed = draft.read();
  draft.judge(grant);
  return grant;
}

void MemoryBuckets::reset_now(std::string_view key, std::size_t worker) {
  auto h = hash(key);
  auto& s = shard(h);
  std::lock_guard held(s.lock);
  auto size = s.table.size();
  for (std::size_t i = 0; i < BucketAsk::max_limits; ++i) s.table.erase(of_limit(h, i));
  count(s.table, size, s.table.evicted(), worker);
}

void MemoryBuckets::count(const BucketTable& table, std::size_t size, std::uint64_t evicted,
                          std::size_t worker) const {
  if (table.size() != size)
    meters_.buckets.add(worker, static_cast<std::int64_t>(table.size()) - static_cast<std::int64_t>(size));
  if (table.evicted() != evicted) meters_.evicted.add(worker, table.evicted() - evicted);
}

Eventual<Result<Grant>> MemoryBuckets::take(Worker& worker, const BucketAsk& ask) {
  return Result<Grant>(take_now(ask, worker.timers.now(), worker.index));
}

Eventual<Result<Grant>> MemoryBuckets::peek(Worker& worker, const BucketAsk& ask) {
  return Result<Grant>(peek_now(ask, worker.timers.now()));
}

Eventual<Result<Unit>> MemoryBuckets::reset(Worker& worker, std::string_view, std::string_view key) {
  reset_now(key, worker.index);
  return ok();
}

void MemoryBuckets::bound(std::size_t most) noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    std::lock_guard held(shards_[i].lock);
    shards_[i].table.bound(std::max<std::size_t>(most / count_, 1));
  }
}

std::size_t MemoryBuckets::size() noexcept {
  std::size_t all = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    std::lock_guard held(shards_[i].lock);
    all += shards_[i].table.size();
  }
  return all;
}

std::size_t MemoryBuckets::bytes() noexcept {
  auto all = sizeof(*this) + count_ * sizeof(Shard);
  for (std::size_t i = 0; i < count_; ++i) {
    std::lock_guard held(shards_[i].lock);
    all += shards_[i].table.bytes();
  }
  return all;
}

}  // namespace sluice::filters::rate_limit
