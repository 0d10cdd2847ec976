#include "net/redis/replicas.hpp"

#include <random>

namespace sluice::net {
namespace {

constexpr std::string_view beat_lua = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
)lua";

// This process among all that ever share a Redis.
const std::string& own_name() {
  static const std::string name = [] {
    std::random_device random;
    return std::to_string(random()) + '-' + std::to_string(random());
  }();
  return name;
}

std::string milliseconds(Duration d) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(d).count());
}

}  // namespace

RedisReplicas::RedisReplicas(std::shared_ptr<RedisClients> clients, std::string key,
                             RedisReplicaSettings settings, Meter& meter)
    : clients_(std::move(clients)),
      key_(std::move(key)),
      settings_(settings),
      gauge_(meter.gauge({"sluice_redis_replicas", "Processes that share Redis, as last seen", {}})) {
  gauge_.add_elsewhere(1);
}

RedisReplicas::~RedisReplicas() {
  gauge_.add_elsewhere(-std::int64_t(count()));
}

Task<Unit> RedisReplicas::run(Worker& worker, Fetcher&) {
  for (Bell never; !left_;) {
    if (auto* client = clients_->at(worker)) {
      auto beating = beat(*client);
      auto counted = co_await beating;
      if (counted) seen(*counted, worker.timers.now());
      trouble_ = counted ? "" : counted.error().cause;
    }
    Bell::Wait pause(never, worker.timers, worker.timers.now() + settings_.heartbeat);
    co_await pause;
  }
  co_return Unit{};
}

Task<Result<unsigned>> RedisReplicas::beat(RedisClient& client) {
  auto expire = milliseconds(settings_.expire);
  std::array<std::string_view, 6> words{"EVAL", beat_lua, "1", key_, own_name(), expire};
  auto asking = client.command(words);
  auto reply = co_await asking;
  if (!reply) co_return reply.error();
  if (reply->value().kind() != RedisValue::Kind::integer)
    co_return Error(Error::Kind::malformed, Error::Side::upstream, "redis_error");
  co_return static_cast<unsigned>(std::max<std::int64_t>(reply->value().integer(), 1));
}

void RedisReplicas::seen(unsigned count, TimePoint now) noexcept {
  seen_at_ = wall_now().time_since_epoch().count();
  if (count < count_ && now - as_many_at_ < settings_.expire) return;
  gauge_.add_elsewhere(std::int64_t(count) - count_);
  count_ = count;
  as_many_at_ = now;
}

void RedisReplicas::leave(Worker& worker) noexcept {
  left_ = true;
  std::array<std::string_view, 3> words{"ZREM", key_, own_name()};
  if (auto* client = clients_->at(worker)) client->tell(words);
}

SourceStatus RedisReplicas::status() const {
  SourceStatus status;
  status.kind = "replicas";
  status.name = key_;
  status.error = trouble_.load();
  status.items = count();
  if (auto at = seen_at_.load()) {
    status.usable = true;
    status.loaded = WallPoint(WallPoint::duration(at));
  }
  return status;
}

}  // namespace sluice::net
