#include "server/redis.hpp"

#include <nlohmann/json.hpp>

#include "net/redis/digest.hpp"

namespace sluice::server {
namespace {

net::RedisSettings settings_of(const config::Redis& redis) {
  net::RedisSettings s;
  s.host = redis.url.address.host;
  s.port = redis.url.address.port;
  s.unix_path = redis.url.address.unix_path;
  s.user = redis.url.user;
  s.password = redis.url.password;
  s.database = redis.url.database;
  s.timeout = redis.timeout;
  return s;
}

// What has to be the same for the connections to be the same. A digest, since the password is in it.
std::string name_of(const config::Redis& redis) {
  auto text = Scalar<config::RedisUrl>::print(redis.url) + '\n' + redis.url.user + '\n' + redis.url.password +
              '\n' + std::to_string(redis.timeout.count());
  auto hex = net::sha256_hex(text);
  return {hex.data(), hex.size()};
}

net::RedisSharedSettings shared_settings_of(const config::Redis& redis) {
  net::RedisSharedSettings s;
  s.max_value = redis.max_entry.bytes;
  s.cut_off = redis.cut_off.value_or(Duration::max());
  if (redis.encrypt) s.key = redis.encrypt->bytes;
  return s;
}

// The key is in it, so again a digest.
std::string name_of(const net::RedisSharedSettings& s) {
  auto text = std::to_string(s.max_value) + '\n' + std::to_string(s.cut_off.count()) + '\n';
  if (s.key) text.append(s.key->begin(), s.key->end());
  auto hex = net::sha256_hex(text);
  return {hex.data(), hex.size()};
}

std::string_view name_of(net::RedisState state) noexcept {
  switch (state) {
    case net::RedisState::connecting:
      return "connecting";
    case net::RedisState::ready:
      return "ready";
    case net::RedisState::suspended:
      return "suspended";
    default:
      return "down";
  }
}

}  // namespace

nlohmann::ordered_json status_of(const Redis& redis) {
  auto workers = nlohmann::ordered_json::array();
  for (unsigned i = 0; i < redis.clients->workers(); ++i) {
    auto& standing = redis.clients->standing(i);
    workers.push_back({{"state", name_of(standing.state())}});
    if (*standing.trouble()) workers.back()["trouble"] = standing.trouble();
  }
  return {{"workers", workers}, {"replicas", redis.replicas->count()}};
}

Redis build_redis(const config::Config& config, unsigned workers, Meter& meter, Keepsakes& keepsakes) {
  if (!config.redis) return {};
  auto& prefix = config.redis->prefix;
  auto& settings = config.replicas;
  auto name = name_of(*config.redis);
  Redis redis;
  redis.clients = keepsakes.keep<net::RedisClients>(
      name, [&] { return std::make_shared<net::RedisClients>(settings_of(*config.redis), workers, meter); });
  name += prefix + '\n' + Scalar<Duration>::print(settings.heartbeat) + '\n' +
          Scalar<Duration>::print(settings.expire);
  redis.replicas = keepsakes.keep<net::RedisReplicas>(name, [&] {
    return std::make_shared<net::RedisReplicas>(
        redis.clients, prefix + "replicas", net::RedisReplicaSettings{settings.heartbeat, settings.expire},
        meter);
  });
  redis.buckets = keepsakes.keep<net::RedisBucketStore>(
      name, [&] { return std::make_shared<net::RedisBucketStore>(redis.clients, prefix, redis.replicas); });
  auto shared = shared_settings_of(*config.redis);
  redis.bytes = keepsakes.keep<net::RedisSharedStore>(name + name_of(shared), [&] {
    return std::make_shared<net::RedisSharedStore>(redis.clients, prefix, shared);
  });
  return redis;
}

}  // namespace sluice::server
