#include "proxy/persistence.hpp"

#include <gtest/gtest.h>

namespace sluice::proxy {
namespace {

using namespace std::chrono_literals;
using Kind = Error::Kind;
using On = config::RetryCondition::Kind;

Error upstream_error(Kind kind, Error::Retry retry = Error::Retry::never) {
  return Error(kind, Error::Side::upstream, "", retry);
}

RetryRules on(std::initializer_list<config::RetryCondition> conditions) {
  config::Retry settings;
  settings.on.assign(conditions);
  return RetryRules(settings);
}

TEST(RetryRules, KnowsWhyAnErrorIsWorthAnotherTry) {
  RetryRules all{config::Retry{}};
  EXPECT_EQ(all.reason_of(upstream_error(Kind::refused, Error::Retry::always)), RetryReason::connect);
  EXPECT_EQ(all.reason_of(upstream_error(Kind::timeout, Error::Retry::always)), RetryReason::connect);
  EXPECT_EQ(all.reason_of(upstream_error(Kind::reset)), RetryReason::reset);
  EXPECT_EQ(all.reason_of(upstream_error(Kind::closed)), RetryReason::reset);
  EXPECT_EQ(all.reason_of(upstream_error(Kind::malformed)), RetryReason::reset);
  EXPECT_EQ(all.reason_of(upstream_error(Kind::timeout)), RetryReason::timeout);
  EXPECT_FALSE(all.reason_of(upstream_error(Kind::internal)));
  EXPECT_FALSE(all.reason_of(Error(Kind::reset, Error::Side::downstream)));
  EXPECT_FALSE(all.reason_of(Error(Kind::deadline, Error::Side::internal)));
}

TEST(RetryRules, TriesAgainOnlyWhatIsNamed) {
  auto only = on({{On::reset}, {On::status, 503}, {On::status, 429}});
  EXPECT_FALSE(only.reason_of(upstream_error(Kind::refused, Error::Retry::always)));
  EXPECT_FALSE(only.reason_of(upstream_error(Kind::timeout)));
  EXPECT_EQ(only.reason_of(503), RetryReason::status);
  EXPECT_EQ(only.reason_of(429), RetryReason::status);
  for (std::uint16_t status : {200, 404, 500, 502, 599, 101, 600}) EXPECT_FALSE(only.reason_of(status));
  auto server = on({{On::server_error}});
  for (std::uint16_t status : {500, 503, 599}) EXPECT_TRUE(server.reason_of(status));
  for (std::uint16_t status : {0, 200, 400, 499}) EXPECT_FALSE(server.reason_of(status));
}

TEST(RetryRules, RepeatsIdempotentMethodsUnlessOthersAreNamed) {
  RetryRules usual{config::Retry{}};
  EXPECT_TRUE(usual.repeats(Method::get, "GET"));
  EXPECT_TRUE(usual.repeats(Method::head, "HEAD"));
  EXPECT_TRUE(usual.repeats(Method::delete_, "DELETE"));
  EXPECT_FALSE(usual.repeats(Method::post, "POST"));
  EXPECT_FALSE(usual.repeats(Method::patch, "PATCH"));
  EXPECT_FALSE(usual.repeats(Method::other, "PURGE"));
  config::Retry settings;
  settings.methods = {"POST", "PURGE"};
  RetryRules named(settings);
  EXPECT_TRUE(named.repeats(Method::post, "POST"));
  EXPECT_TRUE(named.repeats(Method::other, "PURGE"));
  EXPECT_FALSE(named.repeats(Method::get, "GET"));
}

TEST(RetryRules, WithoutSettingsNothingIsSentTwice) {
  RetryRules none;
  EXPECT_EQ(none.reason_of(upstream_error(Kind::refused, Error::Retry::always)), RetryReason::connect);
  EXPECT_FALSE(none.reason_of(upstream_error(Kind::reset)));
  EXPECT_FALSE(none.reason_of(503));
  EXPECT_FALSE(none.repeats(Method::get, "GET"));
}

TEST(RetryRules, PausesGrowAndAreChance) {
  config::Retry settings;
  settings.backoff = 20ms;
  RetryRules rules(settings);
  EXPECT_EQ(rules.pause(1, 0.0), 0ms);
  EXPECT_EQ(rules.pause(1, 0.5), 10ms);
  EXPECT_EQ(rules.pause(2, 0.5), 20ms);
  EXPECT_EQ(rules.pause(3, 0.5), 40ms);
  EXPECT_EQ(rules.pause(100, 0.5), 640ms) << "but not for ever";
}

}  // namespace
}  // namespace sluice::proxy
