// A worker's connections to a real Redis, for what is kept there.
#pragma once
#include "net/redis/clients.hpp"
#include "net/redis/loop.hpp"

namespace sluice::net {

struct SharedFixture : RedisLoop {
  SharedFixture() { on_worker.follow(clients); }

  static RedisSettings settings_of(const kit::RedisServer& redis) {
    RedisSettings s;
    s.unix_path = redis.socket();
    s.timeout = std::chrono::milliseconds(500);
    return s;
  }
  RedisClient& client() { return *clients->at(reactor.worker()); }
  bool becomes(RedisState state) {
    return until([&] { return clients->standing(0).state() == state; });
  }

  kit::RedisServer redis;
  std::shared_ptr<RedisClients> clients = std::make_shared<RedisClients>(settings_of(redis), 1, metrics);
  RedisOnWorker on_worker{reactor, no_lookup()};
};

}  // namespace sluice::net
