#include "net/redis/bucket_store.hpp"

#include <algorithm>

namespace sluice::net {
namespace {

Error no_client() noexcept {
  return Error(Error::Kind::unavailable, Error::Side::upstream, "redis_down", Error::Retry::always);
}

Task<Result<Grant>> decide_in(RedisClient& client, const std::string& prefix, BucketAsk ask, BucketMode mode,
                              RedisLeases* leases) {
  BucketCommand command(prefix, {mode, ask.policy, ask.key, ask.limits, ask.cost, 0, ""});
  auto running = run(client, command);
  auto said = co_await running;
  if (!said) co_return said.error();
  if (leases) leases->learn(ask, said->grant);
  co_return said->grant;
}

}  // namespace

// So that those of all workers of all replicas come to half a burst.
std::uint64_t RedisBucketStore::most_leased(const BucketAsk& ask) const noexcept {
  auto burst = std::ranges::min(ask.limits, {}, &RateLimit::burst).burst;
  return burst / (2 * std::uint64_t(clients_->workers()) * replicas());
}

Eventual<Result<Grant>> RedisBucketStore::take(Worker& worker, const BucketAsk& ask) {
  auto* client = clients_->at(worker);
  if (!client) return Result<Grant>(no_client());
  auto most = ask.leases ? most_leased(ask) : 0;
  if (most < RedisLease::worthwhile) return decide_in(*client, prefix_, ask, BucketMode::take, nullptr);
  auto& leases = clients_->leases(worker);
  if (auto grant = leases.decide(prefix_, ask, most)) return Result<Grant>(*grant);
  return decide_in(*client, prefix_, ask, BucketMode::take, &leases);
}

Eventual<Result<Grant>> RedisBucketStore::peek(Worker& worker, const BucketAsk& ask) {
  auto* client = clients_->at(worker);
  if (!client) return Result<Grant>(no_client());
  return decide_in(*client, prefix_, ask, BucketMode::peek, nullptr);
}

Eventual<Result<Unit>> RedisBucketStore::reset(Worker& worker, std::string_view policy,
                                               std::string_view key) {
  auto* client = clients_->at(worker);
  if (!client) return Result<Unit>(no_client());
  return reset_buckets(*client, prefix_, std::string(policy), std::string(key));
}

}  // namespace sluice::net
