// How many processes share a Redis: each says again and again that it lives, by the clock of Redis, and
// counts the others.
//
//   auto replicas = std::make_shared<RedisReplicas>(clients, "sluice:replicas", settings, meter);
//   built.background.push_back(replicas);          // runs on worker 0
//   share = limit / replicas->count();             // any thread, also while Redis is gone: as last seen
//
// One that joins counts at once. One that is missing counts until it has been for as long as `expire`, so
// that a Redis that lost everything does not make each replica believe that it is alone.
#pragma once
#include <atomic>

#include "net/redis/clients.hpp"
#include "sluice/background.hpp"

namespace sluice::net {

struct RedisReplicaSettings {
  Duration heartbeat = 1s;
  Duration expire = 5s;
};

class RedisReplicas final : public Background {
 public:
  RedisReplicas(std::shared_ptr<RedisClients> clients, std::string key, RedisReplicaSettings settings,
                Meter& meter);
  ~RedisReplicas() override;

  Task<Unit> run(Worker& worker, Fetcher& fetcher) override;
  SourceStatus status() const override;

  // At least one: this process.
  unsigned count() const noexcept { return count_.load(std::memory_order_relaxed); }
  // The process is about to end: the others need not wait until it has expired. On worker 0.
  void leave(Worker& worker) noexcept;

 private:
  Task<Result<unsigned>> beat(RedisClient& client);
  void seen(unsigned count, TimePoint now) noexcept;

  std::shared_ptr<RedisClients> clients_;
  const std::string key_;
  const RedisReplicaSettings settings_;
  const Gauge gauge_;
  std::atomic<unsigned> count_{1};
  TimePoint as_many_at_;  // when so many were last seen
  std::atomic<const char*> trouble_{"redis_connecting"};
  std::atomic<WallPoint::rep> seen_at_{0};
  bool left_ = false;
};

}  // namespace sluice::net
