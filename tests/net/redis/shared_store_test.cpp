#include "net/redis/shared_store.hpp"

#include <gtest/gtest.h>

#include "net/redis/digest.hpp"
#include "net/redis/shared_fixture.hpp"

namespace sluice::net {
namespace {

using Claim = SharedFinding::Claim;

RedisSharedSettings with_key(unsigned char byte) {
  RedisSharedSettings s;
  s.key.emplace().fill(byte);
  return s;
}

struct Shared : SharedFixture {
  using Values = std::vector<std::string>;

  std::unique_ptr<RedisSharedStore> make(const RedisSharedSettings& settings = {}) {
    return std::make_unique<RedisSharedStore>(clients, "t:", settings);
  }
  Worker& worker() { return reactor.worker(); }
  // The value; "" where there is none, or the error's cause in <>.
  std::string get(RedisSharedStore& s, std::string_view key = "key") {
    auto found = wait(s.get(worker(), key));
    if (!found) return '<' + std::string(found.error().cause) + '>';
    return found->value ? std::string(found->value->bytes) : std::string();
  }
  bool put(RedisSharedStore& s, std::string_view value, std::string_view key = "key", Duration ttl = 1min) {
    return bool(wait(s.put(worker(), key, value, ttl)));
  }
  Claim claim(std::string_view owner, Duration at_most = 1min) {
    auto found = wait(store->get_or_claim(worker(), "key", owner, at_most));
    return found ? found->claim : Claim::nobody;
  }
  static std::string name_of(std::string_view kind, std::string_view key) {
    auto hex = sha256_hex(key);
    return "t:" + std::string(kind) + ":{" + std::string(hex.data(), hex.size()) + '}';
  }

  std::unique_ptr<RedisSharedStore> store = make();
};

TEST(RedisSharedStore, KeepsAnyBytesUnderAnyKey) {
  Shared s;
  std::string bytes("\0\r\n$-1\xff", 8);
  EXPECT_EQ(s.get(*s.store, bytes), "");
  EXPECT_TRUE(s.put(*s.store, bytes, bytes));
  EXPECT_EQ(s.get(*s.store, bytes), bytes);
  EXPECT_EQ(s.get(*s.store, "other"), "");
  EXPECT_TRUE(s.wait(s.store->remove(s.worker(), bytes)));
  EXPECT_EQ(s.get(*s.store, bytes), "");
}

TEST(RedisSharedStore, AValueEndsWithItsTime) {
  Shared s;
  EXPECT_TRUE(s.put(*s.store, "value", "key", 90s));
  auto left = std::stol(s.redis.command({"PTTL", Shared::name_of("value", "key")}));
  EXPECT_GT(left, 80000);
  EXPECT_LE(left, 90000);
  EXPECT_TRUE(s.put(*s.store, "value", "key", 30ms));
  EXPECT_TRUE(s.until([&] { return s.get(*s.store).empty(); }));
}

TEST(RedisSharedStore, WhatIsTooLargeIsNotSent) {
  Shared s;
  RedisSharedSettings settings;
  settings.max_value = 10;
  auto small = s.make(settings);
  EXPECT_TRUE(s.put(*small, "0123456789"));
  auto refused = s.wait(small->put(s.worker(), "key", "0123456789a", 1min));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::too_large);
  EXPECT_EQ(s.get(*small), "0123456789");
}

TEST(RedisSharedStore, OneClaimsAndTheOthersKnow) {
  Shared s;
  EXPECT_EQ(s.claim("a"), Claim::mine);
  EXPECT_EQ(s.claim("b"), Claim::another);
  EXPECT_EQ(s.wait(s.store->get(s.worker(), "key"))->claim, Claim::another);
  s.store->release(s.worker(), "key", "b");
  EXPECT_EQ(s.claim("b"), Claim::another) << "only its owner ends a claim";
  s.store->release(s.worker(), "key", "a");
  EXPECT_EQ(s.wait(s.store->get(s.worker(), "key"))->claim, Claim::nobody);
  EXPECT_EQ(s.claim("b"), Claim::mine);
}

TEST(RedisSharedStore, AValueIsFoundRatherThanClaimed) {
  Shared s;
  EXPECT_TRUE(s.put(*s.store, "value"));
  EXPECT_EQ(s.claim("a"), Claim::nobody);
  EXPECT_EQ(s.redis.command({"EXISTS", Shared::name_of("claim", "key")}), "0");
}

TEST(RedisSharedStore, AClaimEndsByItself) {
  Shared s;
  EXPECT_EQ(s.claim("a", 40ms), Claim::mine);
  EXPECT_EQ(s.claim("b", 40ms), Claim::another);
  EXPECT_TRUE(s.until([&] { return s.claim("b") == Claim::mine; }));
}

TEST(RedisSharedStore, SealedValuesAreForThoseWithTheKey) {
  Shared s;
  auto sealed = s.make(with_key(1)), same = s.make(with_key(1)), other = s.make(with_key(2));
  EXPECT_TRUE(s.put(*sealed, "a secret"));
  EXPECT_EQ(s.redis.command({"GET", Shared::name_of("value", "key")}).find("secret"), std::string::npos);
  EXPECT_EQ(s.get(*same), "a secret");
  EXPECT_EQ(s.get(*other), "<redis_seal>");
  EXPECT_TRUE(s.put(*s.store, "plain"));
  EXPECT_EQ(s.get(*sealed), "<redis_seal>") << "anybody could have written it";
}

TEST(RedisSharedStore, ASealedValueCannotBeMoved) {
  Shared s;
  auto sealed = s.make(with_key(1));
  EXPECT_TRUE(s.put(*sealed, "of ann", "ann"));
  s.redis.command({"RENAME", Shared::name_of("value", "ann"), Shared::name_of("value", "bob")});
  EXPECT_EQ(s.get(*sealed, "bob"), "<redis_seal>");
}

TEST(RedisSharedStore, NoticesReachTheOthers) {
  Shared s;
  auto other = s.make();
  auto before = s.wait(other->notices(s.worker(), NoticePlace()));
  ASSERT_TRUE(before);
  auto place = s.wait(s.store->announce(s.worker(), "purge"));
  auto page = s.wait(other->notices(s.worker(), before->place));
  ASSERT_EQ(page->notices.size(), 1u);
  EXPECT_EQ(page->notices.front().text, "purge");
  EXPECT_EQ(page->place, *place);
}

TEST(RedisSharedStore, WithoutRedisNobodyWaits) {
  Shared s;
  EXPECT_TRUE(s.put(*s.store, "value"));
  s.redis.kill();
  ASSERT_TRUE(s.becomes(RedisState::down));
  auto before = Clock::now();
  EXPECT_EQ(s.get(*s.store), "<redis_down>");
  EXPECT_FALSE(s.put(*s.store, "value"));
  EXPECT_EQ(s.claim("a"), Claim::nobody);
  EXPECT_STREQ(s.wait(s.store->notices(s.worker(), NoticePlace())).error().cause, "redis_down");
  s.store->release(s.worker(), "key", "a");
  EXPECT_LT(Clock::now() - before, 200ms);
  s.redis.start();
  ASSERT_TRUE(s.becomes(RedisState::ready));
  EXPECT_EQ(s.get(*s.store), "") << "it came back empty";
}

TEST(RedisSharedStore, AStoppedRedisCostsTheTimeOut) {
  Shared s;
  EXPECT_TRUE(s.put(*s.store, "value"));
  s.redis.pause();
  auto before = Clock::now();
  EXPECT_EQ(s.get(*s.store), "<redis_timeout>");
  EXPECT_GE(Clock::now() - before, 400ms);
  EXPECT_LT(Clock::now() - before, 900ms);
  s.redis.resume();
}

TEST(RedisSharedStore, WithoutAConnectionItSaysSo) {
  Shared s;
  RedisClients nobody(SharedFixture::settings_of(s.redis), 1, s.metrics);
  RedisSharedStore store(std::shared_ptr<RedisClients>(&nobody, [](auto*) {}), "t:", RedisSharedSettings());
  EXPECT_EQ(s.get(store), "<redis_down>");
  EXPECT_FALSE(s.put(store, "value"));
  EXPECT_FALSE(s.wait(store.remove(s.worker(), "key")));
  EXPECT_FALSE(s.wait(store.announce(s.worker(), "x")));
  store.release(s.worker(), "key", "a");
}

}  // namespace
}  // namespace sluice::net
