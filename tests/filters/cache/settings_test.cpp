#include "filters/cache/settings.hpp"

#include <gmock/gmock.h>

#include "filters/cache/cache.hpp"
#include "kit/policy.hpp"

namespace sluice::filters::cache {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string faults_of(const std::string& settings) {
  return kit::Policy(cache_filter(), settings).errors;
}

TEST(CacheSettings, AreFineInAllForms) {
  for (auto* settings :
       {"{}", "30s", "{ ttl: 30s }", "{ ttl: { 200: 30s, 404: 5s } }", "{ ttl: { usual: 1h, 404: 5s } }",
        "{ key: { query: [page], headers: [Accept-Language], cookies: [theme] } }",
        "{ key: { ignore_query: [utm], sort_query: true }, shared: true }", "{ private_by: principal }",
        "{ stale_while_revalidate: 30s, stale_if_error: 5m, tiers: [memory], collapse_timeout: 2s }",
        "{ purge_method: [127.0.0.1/32], cache_status: false }"})
    EXPECT_EQ(faults_of(settings), "") << settings;
}

TEST(CacheSettings, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_THAT(faults_of("{ ttl: { 200: 100ms } }"), HasSubstr("ttl.200: at least 1s is expected"));
  EXPECT_THAT(faults_of("{ ttl: 30 }"), HasSubstr("30s"));
  EXPECT_THAT(faults_of("{ ttl: { 206: 3s } }"), HasSubstr("unknown key"));
  EXPECT_THAT(faults_of("{ key: { query: [a], ignore_query: [b] } }"), HasSubstr("ignore_query"));
  EXPECT_THAT(faults_of("{ key: { headers: ['a b'] } }"), HasSubstr("'a b' is no name of a field"));
  EXPECT_THAT(faults_of("{ key: { cookies: ['a;b'] } }"), HasSubstr("'a;b' is no name of a cookie"));
  EXPECT_THAT(faults_of("{ key: { headers: [authorization] } }"),
              HasSubstr("'authorization' is a credential and is never a part of a key: write `private_by: "
                        "principal`, or one cookie in 'cookies'"));
  EXPECT_THAT(faults_of("{ key: { headers: [Cookie] } }"), HasSubstr("'Cookie' is a credential"));
  EXPECT_THAT(faults_of("{ shared: true, private_by: principal }"),
              HasSubstr("'shared: true' and 'private_by' say the opposite of each other"));
  EXPECT_THAT(faults_of("{ tiers: [redis] }"),
              HasSubstr("'memory' comes first: [memory] or [memory, redis]"));
  EXPECT_THAT(faults_of("{ tiers: [] }"), HasSubstr("'memory' comes first"));
  EXPECT_THAT(faults_of("{ tiers: [memory, memory] }"), HasSubstr("a tier is named twice"));
  EXPECT_THAT(faults_of("{ collapse_timeout: 1ms }"), HasSubstr("collapse_timeout: expected"));
  EXPECT_THAT(faults_of("{ purge_method: [localhost] }"), HasSubstr("purge_method"));
}

TEST(CacheSettings, AStatusOfItsOwnGoesBeforeTheUsual) {
  Ttl ttl;
  EXPECT_FALSE(ttl.any());
  ttl.usual = 90s;
  ttl.by_status[0] = 1500ms;
  auto rules = ttl.rules();
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].status, 200);
  EXPECT_EQ(rules[0].ttl, 2s) << "a part of a second counts";
  EXPECT_EQ(rules[1].status, 0);
  EXPECT_EQ(rules[1].ttl, 90s);
}

TEST(CacheSettings, ItStandsBehindWhateverMayRefuse) {
  kit::Policy policy(cache_filter(), "{}");
  EXPECT_EQ(policy.phase, Phase::cache);
  EXPECT_FALSE(cache_filter().schema.traits.decides);
}

}  // namespace
}  // namespace sluice::filters::cache
