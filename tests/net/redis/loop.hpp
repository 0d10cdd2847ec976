// A reactor with the real clock, turned by the test, and a client of a real Redis on it.
#pragma once
#include <csignal>

#include "kit/redis_server.hpp"
#include "net/redis/client.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::net {

struct RedisLoop {
  RedisLoop() { std::signal(SIGPIPE, SIG_IGN); }

  telemetry::Metrics metrics{1};
  RedisMeters meters{metrics};
  RedisStanding standing;
  Reactor reactor{0};
  Reactor::Here here{reactor};

  // False: it did not come true in time.
  template <class Condition>
  bool until(Condition condition, Duration limit = std::chrono::seconds(10)) {
    auto end = Clock::now() + limit;
    while (!condition()) {
      if (Clock::now() > end) return false;
      reactor.poll();
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return true;
  }
  void run_for(Duration time) {
    until([] { return false; }, time);
  }
  template <class T>
  T wait(Task<T> task) {
    std::optional<T> result;
    Scope scope;
    scope.spawn(keep(std::move(task), result));
    if (!until([&] { return result.has_value(); })) throw std::runtime_error("a task hangs");
    return std::move(*result);
  }

  static RedisLookup no_lookup() {
    return [](std::string) -> Task<Result<std::vector<IpAddress>>> {
      co_return Error(Error::Kind::unavailable, Error::Side::upstream, "dns_not_found");
    };
  }

 private:
  template <class T>
  static Task<Unit> keep(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await task);
    co_return Unit{};
  }
};

struct RedisFixture : RedisLoop {
  explicit RedisFixture(std::vector<std::string> options = {}, RedisSettings given = {})
      : redis(std::move(options)), settings(std::move(given)) {
    if (settings.host.empty()) settings.unix_path = redis.socket();
    // Others share the machine: a stall of theirs must not look like one of Redis.
    if (settings.timeout == RedisSettings{}.timeout) settings.timeout = std::chrono::milliseconds(250);
    begin_anew();
  }
  void begin_anew() {
    client.emplace(reactor, std::make_shared<const RedisSettings>(settings), no_lookup(), meters, standing);
  }
  Result<RedisReply> ask(std::vector<std::string_view> words) { return wait(client->command(words)); }
  bool becomes(RedisState state) {
    return until([&] { return client->state() == state; });
  }

  kit::RedisServer redis;
  RedisSettings settings;
  std::optional<RedisClient> client;
};

}  // namespace sluice::net
