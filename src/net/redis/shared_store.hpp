// What replicas share besides buckets, in Redis (sluice/shared_store.hpp).
//
//   RedisSharedStore store(clients, "sluice:", {.max_value = 1 << 20, .key = key});
//
// A value is under prefix + "value:{SHA-256 of the key}", a claim under prefix + "claim:{...}", the log of
// notices under prefix + "notices". With a key values are sealed (net/redis/seal.hpp); claims and notices are
// not. Errors are those of RedisClient.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "net/redis/clients.hpp"
#include "net/redis/notice_log.hpp"
#include "net/redis/seal.hpp"
#include "sluice/shared_store.hpp"

namespace sluice::net {

struct RedisSharedSettings {
  std::size_t max_value = 1024 * 1024;
  Duration cut_off = 10s;
  std::optional<RedisSeal::Key> key;  // nothing: values are as they are
  std::size_t most_notices = RedisNoticeLog::most_kept;
};

class RedisSharedStore final : public SharedStore {
 public:
  RedisSharedStore(std::shared_ptr<RedisClients> clients, std::string prefix,
                   const RedisSharedSettings& settings);

  std::size_t max_value() const noexcept override { return max_value_; }
  Duration cut_off() const noexcept override { return cut_off_; }
  Task<Result<SharedFinding>> get(Worker& worker, std::string_view key) override;
  Task<Result<SharedFinding>> get_or_claim(Worker& worker, std::string_view key, std::string_view owner,
                                           Duration at_most) override;
  void release(Worker& worker, std::string_view key, std::string_view owner) override;
  Task<Result<Unit>> put(Worker& worker, std::string_view key, std::string_view value,
                         Duration time_to_live) override;
  Task<Result<Unit>> remove(Worker& worker, std::string_view key) override;
  Task<Result<NoticePage>> notices(Worker& worker, const NoticePlace& from) override;
  Task<Result<NoticePlace>> announce(Worker& worker, std::string_view text) override;

 private:
  struct Names {
    std::string value, claim;
  };
  Names names_of(std::string_view key) const;
  Result<SharedFinding> finding(const std::string& name, RedisReply reply) const;

  std::shared_ptr<RedisClients> clients_;
  const std::string prefix_;
  const std::size_t max_value_;
  const Duration cut_off_;
  std::unique_ptr<const RedisSeal> seal_;
  const RedisNoticeLog log_;
};

}  // namespace sluice::net
