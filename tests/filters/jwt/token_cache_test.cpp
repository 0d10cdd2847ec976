#include "filters/jwt/token_cache.hpp"

#include <gtest/gtest.h>

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace std::chrono_literals;

namespace {

const Moment now{1'700'000'000s};

struct TokenCacheTest : ::testing::Test {
  TokenCache cache;
  OrOff<CacheSettings> limits = CacheSettings{.entries = 3, .size = mebibytes(1)};

  static std::string text_of(int n) {
    return "header.payload" + std::to_string(n) + ".the-signature-of-" + std::to_string(n);
  }

  static std::unique_ptr<VerifiedToken> token(std::string text, Validity validity = {now - 1s, now + 60s},
                                              std::uint64_t version = 1) {
    Reading reading;
    reading.claims = Claims(std::vector<Claims::Claim>{{"sub", "the subject of " + text}});
    reading.scopes = {"users:read"};
    reading.roles = {"admin"};
    reading.validity = validity;
    return std::make_unique<VerifiedToken>(text, std::move(reading), Forwarding::Values{}, version);
  }
  TokenPin keep(int n) { return cache.keep(token(text_of(n)), limits); }
  bool knows(int n) { return static_cast<bool>(cache.find(text_of(n), 1, now)); }
};

}  // namespace

TEST_F(TokenCacheTest, FindsWhatItKept) {
  keep(1);
  auto found = cache.find(text_of(1), 1, now);
  ASSERT_TRUE(found);
  auto principal = found->principal();
  EXPECT_EQ(principal.subject, "the subject of " + text_of(1));
  EXPECT_EQ(principal.method, "jwt");
  EXPECT_TRUE(principal.has_scope("users:read"));
  EXPECT_TRUE(principal.has_role("admin"));
  EXPECT_EQ(principal.claim("sub"), principal.subject);
  EXPECT_FALSE(knows(2));
}

TEST_F(TokenCacheTest, TheWholeTextIsCompared) {
  keep(1);
  auto text = text_of(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(cache.find(other, 1, now)) << i;
  }
  EXPECT_FALSE(cache.find("x" + text, 1, now));
  EXPECT_FALSE(cache.find(text.substr(1), 1, now));
  EXPECT_FALSE(cache.find(text + "x", 1, now));
  EXPECT_FALSE(cache.find("", 1, now));
  EXPECT_TRUE(cache.find(text, 1, now));
}

TEST_F(TokenCacheTest, TimeEndsIt) {
  cache.keep(token("t", {now - 1s, now + 60s}), limits);
  EXPECT_TRUE(cache.find("t", 1, now + 59'999ms));
  EXPECT_FALSE(cache.find("t", 1, now + 60s));
  EXPECT_EQ(cache.entries(), 0u);
  EXPECT_EQ(cache.size(), 0u);
}

TEST_F(TokenCacheTest, AClockThatWasSetBackEndsItToo) {
  cache.keep(token("t", {now - 1s, now + 60s}), limits);
  EXPECT_FALSE(cache.find("t", 1, now - 2s));
}

TEST_F(TokenCacheTest, OtherKeysEndIt) {
  cache.keep(token("t", {now, now + 60s}, 7), limits);
  EXPECT_TRUE(cache.find("t", 7, now));
  EXPECT_FALSE(cache.find("t", 8, now));
  EXPECT_EQ(cache.entries(), 0u);
}

TEST_F(TokenCacheTest, TheOneThatWasNotAskedForLongestGoes) {
  keep(1);
  keep(2);
  keep(3);
  EXPECT_TRUE(knows(1));
  keep(4);
  EXPECT_EQ(cache.entries(), 3u);
  EXPECT_TRUE(knows(1));
  EXPECT_FALSE(knows(2));
  EXPECT_TRUE(knows(3));
  EXPECT_TRUE(knows(4));
}

TEST_F(TokenCacheTest, MemoryIsBounded) {
  limits->entries = 1000;
  limits->size = kibibytes(64);
  for (int i = 0; i < 500; ++i)
    cache.keep(token(text_of(i) + std::string(1000, 'x') + std::to_string(i)), limits);
  EXPECT_LE(cache.size(), 64u << 10);
  EXPECT_GT(cache.entries(), 10u);
  EXPECT_LT(cache.entries(), 65u);
}

TEST_F(TokenCacheTest, WhatIsLargerThanAllOfItIsNotKept) {
  limits->size = Size{200};
  auto pin = keep(1);
  EXPECT_TRUE(pin);
  EXPECT_EQ(cache.entries(), 0u);
  EXPECT_EQ(pin->subject(), "the subject of " + text_of(1));
}

TEST_F(TokenCacheTest, OffKeepsNothing) {
  limits.reset();
  auto pin = keep(1);
  EXPECT_EQ(pin->subject(), "the subject of " + text_of(1));
  EXPECT_FALSE(knows(1));
}

TEST_F(TokenCacheTest, WhatIsPinnedOutlivesItsPlace) {
  auto pin = keep(1);
  auto second = cache.find(text_of(1), 1, now);
  for (int i = 2; i < 10; ++i) keep(i);
  EXPECT_FALSE(knows(1));
  EXPECT_EQ(pin->subject(), "the subject of " + text_of(1));
  pin = {};
  EXPECT_EQ(second->subject(), "the subject of " + text_of(1));
}

TEST_F(TokenCacheTest, WhatIsPinnedOutlivesTheCache) {
  TokenPin pin;
  {
    TokenCache another;
    another.keep(token("a"), limits);
    pin = another.keep(token("b"), limits);
  }
  EXPECT_EQ(pin->text, "b");
}

TEST_F(TokenCacheTest, TheSameTextTwiceIsOneEntry) {
  auto first = keep(1);
  auto second = keep(1);
  EXPECT_EQ(cache.entries(), 1u);
  EXPECT_EQ(cache.size(), second->size());
  EXPECT_EQ(first->text, second->text);
}

TEST_F(TokenCacheTest, OneOfTheSameHashTakesTheOthersPlace) {  // what differs stands before the signature
  auto same_end = [](std::string start) { return start + std::string(32, 's'); };
  cache.keep(token(same_end("a")), limits);
  cache.keep(token(same_end("b")), limits);
  EXPECT_EQ(cache.entries(), 1u);
  EXPECT_FALSE(cache.find(same_end("a"), 1, now));
  EXPECT_TRUE(cache.find(same_end("b"), 1, now));
}
