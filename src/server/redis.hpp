// What a configuration has of Redis: connections for the workers, the buckets and bytes that are kept there,
// and the count of replicas. Nothing of it connects before it is published.
//
//   auto redis = build_redis(config, registries);
//   worker.redis.follow(redis.clients);
//
// The same settings give the same objects, over any number of reloads.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "config/config.hpp"
#include "net/redis/bucket_store.hpp"
#include "net/redis/clients.hpp"
#include "net/redis/replicas.hpp"
#include "net/redis/shared_store.hpp"
#include "sluice/filter_kind.hpp"

namespace sluice::server {

// All null without `redis` in the configuration.
struct Redis {
  std::shared_ptr<net::RedisClients> clients;
  std::shared_ptr<net::RedisReplicas> replicas;
  std::shared_ptr<net::RedisBucketStore> buckets;
  std::shared_ptr<net::RedisSharedStore> bytes;
};

// For /status, of a configuration that has it.
nlohmann::ordered_json status_of(const Redis& redis);

Redis build_redis(const config::Config& config, unsigned workers, Meter& meter, Keepsakes& keepsakes);

}  // namespace sluice::server
