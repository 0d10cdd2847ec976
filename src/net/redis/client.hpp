// RedisClient: a worker's way to Redis: one connection with many commands in flight, made anew when it ends.
//
//   RedisClient redis(reactor, settings, lookup, meters, standing);
//   auto asking = redis.command({"INCRBY", key, "2"});
//   Result<RedisReply> reply = co_await asking;            // within the time-out, whatever Redis does
//   if (!reply) ...                                        // redis_timeout, redis_down, redis_closed ...
//
// Cancelling is destroying the task: the command itself stays under way, and its reply is dropped. Errors
// have Side::upstream: timeout "redis_timeout"; reset "redis_closed" (both: it may have been carried out);
// unavailable "redis_down" (not asked), "redis_busy" (too many in flight), and "redis_loading",
// "redis_readonly", "redis_denied", "redis_error" for what Redis refuses to everybody. Any other error of
// Redis is a reply.
//
// After five failures in a row it stops asking and only tries, with pauses of up to a second, whether Redis
// is back. A connection on which nothing was heard for as long is given up.
#pragma once
#include <initializer_list>
#include <random>
#include <vector>

#include "net/redis/bell.hpp"
#include "net/redis/breaker.hpp"
#include "net/redis/link.hpp"
#include "net/redis/meters.hpp"
#include "net/redis/settings.hpp"
#include "net/redis/standing.hpp"

namespace sluice::net {

class RedisClient final : RedisLink::Owner {
 public:
  RedisClient(Reactor& reactor, std::shared_ptr<const RedisSettings> settings, RedisLookup lookup,
              const RedisMeters& meters, RedisStanding& standing);
  RedisClient(const RedisClient&) = delete;
  ~RedisClient() override;

  // The arguments are read when the task is first resumed, so they live as long as the task.
  Task<Result<RedisReply>> command(RedisArguments arguments);
  Task<Result<RedisReply>> command(RedisArguments arguments, Duration timeout);

  RedisState state() const noexcept { return standing_.state(); }
  // Sends a command whose reply nobody waits for, where Redis is there; otherwise nothing happens.
  void tell(RedisArguments arguments);
  // Whether no command's task is running: else it must not be destroyed.
  bool idle() const noexcept { return commands_ == 0; }
  const RedisSettings& settings() const noexcept { return *settings_; }
  Reactor& reactor() const noexcept { return reactor_; }

 private:
  void on_reply(const RedisValue& reply, Duration took) noexcept override;
  void on_timeout() noexcept override;
  void on_change() noexcept override { news_.ring(); }

  Task<Unit> run();
  Task<Result<Unit>> open();
  Task<Result<std::vector<RedisAddress>>> addresses(TimePoint deadline);
  Task<Result<Unit>> connect(RedisAddress address, TimePoint deadline);
  Task<Result<Unit>> greet(TimePoint deadline);
  Task<Result<RedisReply>> ask(RedisArguments arguments, TimePoint give_up);
  Task<Result<Unit>> demand(RedisArguments arguments, TimePoint give_up);
  Task<Result<Unit>> serve();
  Task<Result<Unit>> probe();
  Task<Unit> pause();
  Error refused(const char* cause) const noexcept;
  void enter(RedisState state, const char* trouble = "");
  bool silent() const noexcept;

  Reactor& reactor_;
  std::shared_ptr<const RedisSettings> settings_;
  RedisLookup lookup_;
  const RedisMeters& meters_;
  std::minstd_rand random_{std::random_device{}()};
  RedisBreaker breaker_;
  RedisStanding& standing_;
  const char* unfit_ = "";  // why this Redis will not do, though it answers; empty: it does
  std::unique_ptr<RedisLink> link_;
  std::size_t commands_ = 0;
  Bell decided_;  // commands wait for it while it is connecting
  Bell news_;     // of the connection: its own life waits for it
  Scope running_;
};

}  // namespace sluice::net
