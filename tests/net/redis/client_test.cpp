#include "net/redis/client.hpp"

#include <gtest/gtest.h>

#include "net/redis/loop.hpp"

namespace sluice::net {
namespace {

using State = RedisState;

RedisSettings by_tcp(std::uint16_t port, std::string host = "127.0.0.1") {
  RedisSettings s;
  s.host = std::move(host);
  s.port = port;
  return s;
}

// A command's answer, or the error's cause, where nothing else matters.
std::string word_of(const Result<RedisReply>& reply) {
  if (!reply) return reply.error().cause;
  auto v = reply->value();
  if (v.kind() == RedisValue::Kind::integer) return std::to_string(v.integer());
  return std::string(v.text());
}

TEST(RedisClient, TheFirstCommandWaitsForTheConnection) {
  RedisFixture f;
  EXPECT_EQ(f.client->state(), State::connecting);
  EXPECT_EQ(word_of(f.ask({"SET", "a", "1"})), "OK");
  EXPECT_EQ(f.client->state(), State::ready);
}

TEST(RedisClient, RepliesOfEveryKindAndAnyBytes) {
  RedisFixture f;
  std::string bytes("\0\r\n$-1\xff", 8);
  EXPECT_EQ(word_of(f.ask({"SET", bytes, bytes})), "OK");
  EXPECT_EQ(word_of(f.ask({"GET", bytes})), bytes);
  EXPECT_EQ(f.ask({"GET", "none"})->value().kind(), RedisValue::Kind::nil);
  EXPECT_EQ(word_of(f.ask({"INCRBY", "n", "41"})), "41");
  auto list = f.ask({"MGET", bytes, "n", "none"});
  ASSERT_EQ(list->value().size(), 3u);
  EXPECT_EQ(list->value()[0].text(), bytes);
  EXPECT_EQ(list->value()[1].text(), "41");
  EXPECT_EQ(list->value()[2].kind(), RedisValue::Kind::nil);
}

TEST(RedisClient, AnErrorAboutTheCommandIsAReply) {
  RedisFixture f;
  auto reply = f.ask({"NO-SUCH-COMMAND"});
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->value().is_error());
  EXPECT_EQ(f.client->state(), State::ready);
}

TEST(RedisClient, SpeaksTcpAndHasManyCommandsInFlight) {
  kit::RedisServer redis;
  RedisLoop loop;
  auto settings = by_tcp(redis.port());
  settings.timeout = 5s;
  RedisClient client(loop.reactor, std::make_shared<const RedisSettings>(settings), RedisLoop::no_lookup(),
                     loop.meters, loop.standing);
  std::vector<std::int64_t> seen;
  Scope scope;
  auto count = [](RedisClient& c, std::vector<std::int64_t>& to) -> Task<Unit> {
    std::string_view words[] = {"INCR", "n"};
    auto asking = c.command(words);
    auto reply = co_await asking;
    to.push_back(reply->value().integer());
    co_return Unit{};
  };
  for (int i = 0; i < 1000; ++i) scope.spawn(count(client, seen));
  ASSERT_TRUE(loop.until([&] { return seen.size() == 1000; }));
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<std::int64_t>(i + 1));
}

TEST(RedisClient, LooksANameUpAndTriesEveryAddress) {
  kit::RedisServer redis;
  RedisLoop loop;
  auto settings = std::make_shared<const RedisSettings>(by_tcp(redis.port(), "redis.internal"));
  std::string asked;
  RedisLookup lookup = [&](std::string host) -> Task<Result<std::vector<IpAddress>>> {
    asked = host;
    // Redis listens on the second one only.
    std::vector<IpAddress> all{*IpAddress::parse("::1"), *IpAddress::parse("127.0.0.1")};
    co_return all;
  };
  RedisClient client(loop.reactor, settings, lookup, loop.meters, loop.standing);
  ASSERT_TRUE(loop.until([&] { return client.state() == State::ready; }));
  EXPECT_EQ(asked, "redis.internal");
}

TEST(RedisClient, ANameWithoutAddressesIsDown) {
  RedisLoop loop;
  auto settings = std::make_shared<const RedisSettings>(by_tcp(1, "redis.internal"));
  RedisClient client(loop.reactor, settings, RedisLoop::no_lookup(), loop.meters, loop.standing);
  ASSERT_TRUE(loop.until([&] { return client.state() == State::down; }));
  EXPECT_STREQ(loop.standing.trouble(), "dns_not_found");
}

TEST(RedisClient, NobodyListens) {
  RedisLoop loop;
  RedisSettings settings;
  settings.unix_path = "/tmp/no-such-socket-of-redis";
  RedisClient client(loop.reactor, std::make_shared<const RedisSettings>(settings), RedisLoop::no_lookup(),
                     loop.meters, loop.standing);
  std::string_view words[] = {"PING"};
  EXPECT_EQ(word_of(loop.wait(client.command(words))), "redis_down");
  EXPECT_STREQ(loop.standing.trouble(), "redis_refused");
}

TEST(RedisClient, GivesPasswordUserAndDatabase) {
  RedisSettings s;
  s.user = "ann";
  s.password = "pw";
  s.database = 3;
  RedisFixture f({"--user", "ann", "on", ">pw", "~*", "+@all", "--requirepass", "other"}, s);
  EXPECT_EQ(word_of(f.ask({"SET", "here", "1"})), "OK");
  EXPECT_EQ(word_of(f.ask({"ACL", "WHOAMI"})), "ann");
  EXPECT_EQ(word_of(f.ask({"MOVE", "here", "0"})), "1") << "it was in another database than 0";
}

TEST(RedisClient, AWrongPasswordIsDownUntilItIsRight) {
  RedisSettings s;
  s.password = "wrong";
  RedisFixture f({"--requirepass", "secret"}, s);
  ASSERT_TRUE(f.becomes(State::down));
  EXPECT_STREQ(f.standing.trouble(), "redis_denied");
  EXPECT_EQ(word_of(f.ask({"PING"})), "redis_down");
  f.redis.command({"CONFIG", "SET", "requirepass", "wrong"}, "secret");
  EXPECT_TRUE(f.becomes(State::ready));
}

TEST(RedisClient, ADatabaseThatIsNotThereIsAnError) {
  RedisSettings s;
  s.database = 99;
  RedisFixture f({}, s);
  ASSERT_TRUE(f.becomes(State::down));
  EXPECT_STREQ(f.standing.trouble(), "redis_error");
}

TEST(RedisClient, AStoppedRedisCostsTheTimeOutAndThenNothing) {
  RedisSettings s;
  s.timeout = 30ms;
  RedisFixture f({}, s);
  ASSERT_TRUE(f.becomes(State::ready));
  f.redis.pause();
  for (unsigned i = 0; i < RedisBreaker::enough; ++i) {
    auto before = Clock::now();
    EXPECT_EQ(word_of(f.ask({"PING"})), "redis_timeout");
    auto took = Clock::now() - before;
    EXPECT_GE(took, 30ms);
    EXPECT_LT(took, 300ms);
  }
  EXPECT_TRUE(f.until([&] { return f.client->state() != State::ready; }));
  EXPECT_EQ(word_of(f.ask({"PING"})), "redis_down");
  f.redis.resume();
  EXPECT_TRUE(f.until([&] { return f.client->state() == State::ready; }, 4s));
}

TEST(RedisClient, AStoppedRedisIsFoundAgainOnANewConnection) {
  RedisSettings s;
  s.timeout = 25ms;
  s.patience = 100ms;
  RedisFixture f({}, s);
  ASSERT_TRUE(f.becomes(State::ready));
  f.redis.pause();
  for (unsigned i = 0; i < RedisBreaker::enough; ++i) EXPECT_FALSE(f.ask({"PING"}));
  ASSERT_TRUE(f.becomes(State::down)) << "a connection that is silent is given up";
  f.redis.resume();
  EXPECT_TRUE(f.becomes(State::ready));
}

TEST(RedisClient, ALateReplyReachesNobodyElse) {
  RedisSettings s;
  s.timeout = 30ms;
  RedisFixture f({}, s);
  ASSERT_EQ(word_of(f.ask({"SET", "a", "first"})), "OK");
  ASSERT_EQ(word_of(f.ask({"SET", "b", "second"})), "OK");
  f.redis.pause();
  EXPECT_EQ(word_of(f.ask({"GET", "a"})), "redis_timeout");
  f.redis.resume();
  f.run_for(20ms);
  EXPECT_EQ(word_of(f.ask({"GET", "b"})), "second");
}

TEST(RedisClient, AWaiterMayBeDestroyed) {
  RedisFixture f;
  ASSERT_TRUE(f.becomes(State::ready));
  f.redis.pause();
  {
    Scope scope;
    scope.spawn([](RedisClient& c) -> Task<Unit> {
      std::string_view words[] = {"INCR", "n"};
      auto asking = c.command(words);
      co_await asking;
      co_return Unit{};
    }(*f.client));
    f.run_for(10ms);
    EXPECT_FALSE(f.client->idle());
  }
  EXPECT_TRUE(f.client->idle());
  f.redis.resume();
  EXPECT_EQ(word_of(f.ask({"GET", "n"})), "1") << "the command itself was under way";
}

TEST(RedisClient, AKilledRedisIsNoticedAtOnceAndFoundAgain) {
  RedisFixture f;
  ASSERT_TRUE(f.becomes(State::ready));
  f.redis.kill();
  ASSERT_TRUE(f.until([&] { return f.client->state() == State::down; }, 1s));
  EXPECT_EQ(word_of(f.ask({"PING"})), "redis_down");
  f.redis.start();
  EXPECT_TRUE(f.until([&] { return f.client->state() == State::ready; }, 4s));
  EXPECT_EQ(word_of(f.ask({"PING"})), "PONG");
}

TEST(RedisClient, WhatIsInFlightEndsWithTheConnection) {
  RedisSettings s;
  s.timeout = 5s;
  RedisFixture f({}, s);
  ASSERT_TRUE(f.becomes(State::ready));
  f.redis.pause();
  std::string got;
  Scope scope;
  scope.spawn([](RedisClient& c, std::string& to) -> Task<Unit> {
    std::string_view words[] = {"PING"};
    auto asking = c.command(words);
    auto reply = co_await asking;
    to = word_of(reply);
    co_return Unit{};
  }(*f.client, got));
  f.run_for(10ms);
  f.redis.kill();
  ASSERT_TRUE(f.until([&] { return !got.empty(); }, 1s));
  EXPECT_EQ(got, "redis_closed");
}

TEST(RedisClient, MoreThanItsBoundAreNotAsked) {
  RedisSettings s;
  s.max_in_flight = 3;
  s.timeout = 100ms;
  RedisFixture f({}, s);
  ASSERT_TRUE(f.becomes(State::ready));
  f.redis.pause();
  std::vector<std::string> got;
  Scope scope;
  auto ask = [](RedisClient& c, std::vector<std::string>& to) -> Task<Unit> {
    std::string_view words[] = {"PING"};
    auto asking = c.command(words);
    auto reply = co_await asking;
    to.push_back(word_of(reply));
    co_return Unit{};
  };
  for (int i = 0; i < 4; ++i) scope.spawn(ask(*f.client, got));
  ASSERT_TRUE(f.until([&] { return got.size() == 4; }));
  EXPECT_EQ(got.front(), "redis_busy");
  EXPECT_EQ(got.back(), "redis_timeout");
}

TEST(RedisClient, AReplicaThatMayNotWriteIsLeftForAnother) {
  RedisFixture f;
  ASSERT_TRUE(f.becomes(State::ready));
  kit::RedisServer master;
  f.redis.command({"REPLICAOF", "127.0.0.1", std::to_string(master.port())});
  auto said = [&] { return word_of(f.ask({"SET", "a", "1"})); };
  ASSERT_TRUE(f.until([&] { return said() == "redis_readonly"; }));
  EXPECT_TRUE(f.becomes(State::down));
  f.redis.command({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(f.until([&] { return said() == "OK"; }));
}

TEST(RedisClient, CountsFailuresByCause) {
  RedisLoop loop;
  RedisSettings settings;
  settings.unix_path = "/tmp/no-such-socket-of-redis";
  RedisClient client(loop.reactor, std::make_shared<const RedisSettings>(settings), RedisLoop::no_lookup(),
                     loop.meters, loop.standing);
  std::string_view words[] = {"PING"};
  EXPECT_FALSE(loop.wait(client.command(words)));
  EXPECT_NE(loop.metrics.text().find("sluice_redis_failures_total{cause=\"redis_down\"} 1"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::net
