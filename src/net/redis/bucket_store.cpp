#include "net/redis/bucket_store.hpp"

namespace sluice::net {
namespace {

Error no_client() noexcept {
  return Error(Error::Kind::unavailable, Error::Side::upstream, "redis_down", Error::Retry::always);
}

Task<Result<Grant>> decide_in(RedisClient& client, const std::string& prefix, BucketAsk ask,
                              BucketMode mode) {
  BucketCommand command(prefix, {mode, ask.policy, ask.key, ask.limits, ask.cost, 0, ""});
  auto running = run(client, command);
  auto said = co_await running;
  if (!said) co_return said.error();
  co_return said->grant;
}

}  // namespace

Eventual<Result<Grant>> RedisBucketStore::decide(Worker& worker, const BucketAsk& ask, BucketMode mode) {
  auto* client = clients_->at(worker);
  if (!client) return Result<Grant>(no_client());
  return decide_in(*client, prefix_, ask, mode);
}

Eventual<Result<Grant>> RedisBucketStore::take(Worker& worker, const BucketAsk& ask) {
  return decide(worker, ask, BucketMode::take);
}

Eventual<Result<Grant>> RedisBucketStore::peek(Worker& worker, const BucketAsk& ask) {
  return decide(worker, ask, BucketMode::peek);
}

Eventual<Result<Unit>> RedisBucketStore::reset(Worker& worker, std::string_view policy,
                                               std::string_view key) {
  auto* client = clients_->at(worker);
  if (!client) return Result<Unit>(no_client());
  return reset_buckets(*client, prefix_, std::string(policy), std::string(key));
}

}  // namespace sluice::net
