// The log of notices in Redis: one sorted set, by place. Its first member is the log's own name, at the
// horizon: what lies below was thrown away.
//
//   RedisNoticeLog log("sluice:notices");
//   auto reading = log.read(client, place);
//   Result<NoticePage> page = co_await reading;
//
// A notice is there once, at its latest place. The newest 65536 are kept, for a week at most.
#pragma once
#include <string>

#include "net/redis/client.hpp"
#include "sluice/shared_store.hpp"

namespace sluice::net {

class RedisNoticeLog {
 public:
  static constexpr std::size_t most_kept = 65536;
  static constexpr std::size_t most_on_a_page = 500;
  static constexpr Duration kept_for = std::chrono::hours(7 * 24);

  explicit RedisNoticeLog(std::string key, std::size_t most = most_kept)
      : key_(std::move(key)), most_(std::to_string(most)) {}

  Task<Result<NoticePage>> read(RedisClient& client, NoticePlace from) const;
  Task<Result<NoticePlace>> write(RedisClient& client, std::string_view text) const;

 private:
  std::string key_;
  std::string most_;
};

}  // namespace sluice::net
