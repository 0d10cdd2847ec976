// Buckets in Redis: one for all workers and replicas. A decision is one call of a script, with all the limits
// of a request, by the clock of Redis.
//
//   RedisBucketStore store(clients, "sluice:");
//   auto taking = store.take(x.worker, ask);
//   Result<Grant> grant = co_await taking;            // within the time-out of the settings
//
// Errors are those of RedisClient. With leases a decision may be ready at once. All leases of a key together
// hold at most half of the burst.
#pragma once
#include <memory>
#include <string>

#include "net/redis/bucket_command.hpp"
#include "net/redis/clients.hpp"
#include "net/redis/replicas.hpp"
#include "sluice/store.hpp"

namespace sluice::net {

class RedisBucketStore final : public BucketStore {
 public:
  // `replicas` may be null: then this process is the only one.
  RedisBucketStore(std::shared_ptr<RedisClients> clients, std::string prefix,
                   std::shared_ptr<const RedisReplicas> replicas = nullptr)
      : clients_(std::move(clients)), prefix_(std::move(prefix)), replicas_(std::move(replicas)) {}

  Eventual<Result<Grant>> take(Worker& worker, const BucketAsk& ask) override;
  Eventual<Result<Grant>> peek(Worker& worker, const BucketAsk& ask) override;
  Eventual<Result<Unit>> reset(Worker& worker, std::string_view policy, std::string_view key) override;
  unsigned replicas() const noexcept override { return replicas_ ? replicas_->count() : 1; }

 private:
  std::uint64_t most_leased(const BucketAsk& ask) const noexcept;

  std::shared_ptr<RedisClients> clients_;
  std::string prefix_;
  std::shared_ptr<const RedisReplicas> replicas_;
};

}  // namespace sluice::net
