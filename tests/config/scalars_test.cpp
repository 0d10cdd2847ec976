#include <gtest/gtest.h>

#include "config/address.hpp"
#include "config/cipher_key.hpp"
#include "config/redis_url.hpp"
#include "config/suggest.hpp"
#include "config/values.hpp"
#include "sluice/config.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;

template <class T>
std::string again(std::string_view text) {
  auto v = Scalar<T>::parse(text);
  return v ? Scalar<T>::print(*v) : "refused";
}

TEST(Durations, AreReadWithTheirUnit) {
  EXPECT_EQ(Scalar<Duration>::parse("250ms"), 250ms);
  EXPECT_EQ(Scalar<Duration>::parse("15m"), 15min);
  EXPECT_EQ(Scalar<Duration>::parse("365d"), 365 * 24h);
  for (auto bad : {"", "5", "s", "-5s", "+5s", " 5s", "5s ", "5 s", "1.5s", "5S", "5us", "5sec", "106752d",
                   "18446744073709551616ms", "0x5s"})
    EXPECT_EQ(again<Duration>(bad), "refused") << bad;
}

TEST(Durations, ArePrintedInTheLargestUnitThatFits) {
  EXPECT_EQ(again<Duration>("60s"), "1m");
  EXPECT_EQ(again<Duration>("90s"), "90s");
  EXPECT_EQ(again<Duration>("1500ms"), "1500ms");
  EXPECT_EQ(again<Duration>("48h"), "2d");
  EXPECT_EQ(again<Duration>("0ms"), "0s");
}

TEST(Sizes, KnowBothKindsOfUnits) {
  EXPECT_EQ(Scalar<Size>::parse("8KiB"), kibibytes(8));
  EXPECT_EQ(Scalar<Size>::parse("10MB"), Size{10'000'000});
  EXPECT_EQ(again<Size>("1024B"), "1KiB");
  EXPECT_EQ(again<Size>("2048KiB"), "2MiB");
  EXPECT_EQ(again<Size>("3000B"), "3KB");
  EXPECT_EQ(again<Size>("1B"), "1B");
  EXPECT_EQ(again<Size>("0B"), "0B");
  for (auto bad : {"8", "8K", "8kb", "8 KiB", "-1B", "9999999999TiB", "B"})
    EXPECT_EQ(again<Size>(bad), "refused") << bad;
}

TEST(Rates, AreACountAndATime) {
  EXPECT_EQ(Scalar<Rate>::parse("1000/h"), (Rate{1000, 1h}));
  EXPECT_EQ(again<Rate>("5/d"), "5/d");
  for (auto bad : {"5", "5/", "/s", "5/ms", "5/2s", "-1/s", "5/s/s"})
    EXPECT_EQ(again<Rate>(bad), "refused") << bad;
  EXPECT_EQ(Scalar<ByteRate>::parse("1KiB/s"), (ByteRate{kibibytes(1), 1s}));
  EXPECT_EQ(again<ByteRate>("2048B/m"), "2KiB/m");
  for (auto bad : {"1KiB", "1/s", "1KiB/x"}) EXPECT_EQ(again<ByteRate>(bad), "refused") << bad;
}

TEST(Percentages, AreShares) {
  EXPECT_DOUBLE_EQ(Scalar<Percent>::parse("20%")->share, 0.2);
  EXPECT_DOUBLE_EQ(Scalar<Percent>::parse("125%")->share, 1.25);
  EXPECT_EQ(again<Percent>("0.5%"), "0.5%");
  EXPECT_EQ(again<Percent>("33.3%"), "33.3%");
  for (auto bad : {"20", "%", "-1%", "nan%", "inf%", "1e3%", "20 %"})
    EXPECT_EQ(again<Percent>(bad), "refused") << bad;
}

TEST(Addresses, AreHostAndPortOrASocket) {
  using config::Address;
  EXPECT_EQ(again<Address>(":80"), ":80");
  EXPECT_EQ(again<Address>("LocalHost:0"), "localhost:0");
  EXPECT_EQ(again<Address>("[2001:DB8::1]:443"), "[2001:db8::1]:443");
  EXPECT_EQ(again<Address>("unix:/run/x"), "unix:/run/x");
  for (auto bad : {"", "80", "a", "a:", "a:x", "a:65536", "::1:80", "[::1]", "[a]:80", "[1.2.3.4]:80",
                   "256.1.1.1:80", "unix:", "unix:x", "a..b:80", "-a:80", "a b:80"})
    EXPECT_EQ(again<Address>(bad), "refused") << bad;
  EXPECT_EQ(again<Address>("unix:/" + std::string(107, 'x')), "refused");
}

TEST(Addresses, KnowLoopback) {
  auto loopback = [](std::string_view text) { return Scalar<config::Address>::parse(text)->is_loopback(); };
  EXPECT_TRUE(loopback("127.0.0.1:1"));
  EXPECT_TRUE(loopback("127.9.9.9:1"));
  EXPECT_TRUE(loopback("[::1]:1"));
  EXPECT_TRUE(loopback("localhost:1"));
  EXPECT_TRUE(loopback("unix:/x"));
  EXPECT_FALSE(loopback(":1"));
  EXPECT_FALSE(loopback("0.0.0.0:1"));
  EXPECT_FALSE(loopback("example.com:1"));
}

TEST(EndpointUrls, HaveADefaultPort) {
  using config::EndpointUrl;
  EXPECT_EQ(again<EndpointUrl>("http://a"), "http://a:80");
  EXPECT_EQ(again<EndpointUrl>("https://a/"), "https://a:443");
  EXPECT_EQ(again<EndpointUrl>("http://[::1]"), "http://[::1]:80");
  EXPECT_EQ(again<EndpointUrl>("unix:/run/a.sock"), "unix:/run/a.sock");
  for (auto bad : {"a:80", "http://", "http://:80", "http://a/b", "http://a?b", "http://a:0", "http://a:b",
                   "h2://a", "http://u:p@a", "http:///"})
    EXPECT_EQ(again<EndpointUrl>(bad), "refused") << bad;
}

TEST(RedisUrls, HaveUserPasswordAndDatabaseAndArePrintedWithoutThem) {
  using config::RedisUrl;
  auto url = Scalar<RedisUrl>::parse("redis://a%40b:p%3a%2Fw@redis.internal:6380/3");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->user, "a@b");
  EXPECT_EQ(url->password, "p:/w");
  EXPECT_EQ(url->database, 3u);
  EXPECT_EQ(Scalar<RedisUrl>::print(*url), "redis://redis.internal:6380/3");
  EXPECT_EQ(Scalar<RedisUrl>::parse("redis://:pw@h")->password, "pw");
  EXPECT_EQ(Scalar<RedisUrl>::parse("redis://:pw@h")->user, "");
  EXPECT_EQ(again<RedisUrl>("redis://h"), "redis://h:6379/0");
  EXPECT_EQ(again<RedisUrl>("redis://h/"), "redis://h:6379/0");
  EXPECT_EQ(again<RedisUrl>("redis://[::1]/1"), "redis://[::1]:6379/1");
  EXPECT_EQ(again<RedisUrl>("redis://[::1]:1"), "redis://[::1]:1/0");
  EXPECT_EQ(again<RedisUrl>("unix:/run/r.sock"), "unix:/run/r.sock");
  EXPECT_TRUE(Scalar<RedisUrl>::parse("rediss://h")->tls);
  for (auto bad : {"", "h", "http://h", "redis://", "redis://:0", "redis://h:x", "redis://h/x", "redis://u@h",
                   "redis://u:@h", "redis://u:%4@h", "redis://u:%zz@h", "unix:run", "redis://h:0"})
    EXPECT_EQ(again<RedisUrl>(bad), "refused") << bad;
}

TEST(CipherKeys, AreHexadecimalOrBase64AndNeverPrinted) {
  using config::CipherKey;
  auto hex = Scalar<CipherKey>::parse("000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1EFF");
  auto base64 = Scalar<CipherKey>::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=");
  ASSERT_TRUE(hex);
  EXPECT_EQ(hex->bytes[1], 1);
  EXPECT_EQ(hex->bytes[31], 255);
  EXPECT_EQ(hex, base64);
  EXPECT_EQ(Scalar<CipherKey>::print(*hex), "a key of 32 bytes");
  for (auto bad :
       {"", "00", "secret", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
        "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff",
        "+00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8A", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv-=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv9=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH==="})
    EXPECT_FALSE(Scalar<CipherKey>::parse(bad)) << bad;
}

TEST(StatusRanges, AreOneOrTwoStatuses) {
  using config::StatusRange;
  EXPECT_EQ(again<StatusRange>("200"), "200");
  EXPECT_EQ(again<StatusRange>("200-299"), "200-299");
  for (auto bad : {"", "99", "600", "300-200", "2xx", "200-", "-200"})
    EXPECT_EQ(again<StatusRange>(bad), "refused") << bad;
}

TEST(HostPolicies, AreAWordOrAName) {
  using config::HostPolicy;
  EXPECT_EQ(again<HostPolicy>("preserve"), "preserve");
  EXPECT_EQ(again<HostPolicy>("endpoint"), "endpoint");
  EXPECT_EQ(again<HostPolicy>("A.Example:8080"), "a.example:8080");
  for (auto bad : {"", "a b", "a:b", ":80", "a\r\nb"}) EXPECT_EQ(again<HostPolicy>(bad), "refused") << bad;
}

TEST(Numbers, AreWholeAndFit) {
  EXPECT_EQ(Scalar<std::uint16_t>::parse("65535"), 65535);
  EXPECT_FALSE(Scalar<std::uint16_t>::parse("65536"));
  EXPECT_FALSE(Scalar<std::uint32_t>::parse("-1"));
  EXPECT_EQ(Scalar<std::int32_t>::parse("-1"), -1);
  EXPECT_FALSE(Scalar<std::int32_t>::parse("1.0"));
  EXPECT_EQ(again<double>("0.25"), "0.25");
  EXPECT_EQ(again<double>("1e3"), "refused");
}

TEST(Suggestions, CountEdits) {
  EXPECT_EQ(config::edit_distance("", "abc"), 3u);
  EXPECT_EQ(config::edit_distance("rate_limt", "rate_limit"), 1u);
  EXPECT_EQ(config::edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(config::edit_distance("kitten", "sitting"), 3u);
}

TEST(Suggestions, AreNearOrAList) {
  std::array<std::string_view, 3> known = {"timeout", "timeouts", "to"};
  EXPECT_EQ(config::suggestion("timeuot", known), " (did you mean 'timeout'?)");
  EXPECT_EQ(config::suggestion("timeoutss", known), " (did you mean 'timeouts'?)");
  EXPECT_EQ(config::suggestion("zebra", known), " (known here: timeout, timeouts, to)");
  EXPECT_EQ(config::suggestion("x", {}), "");
  EXPECT_EQ(config::suggestion(std::string(100000, 'x'), known), " (known here: timeout, timeouts, to)");
}

}  // namespace
}  // namespace sluice
