#include "http/cache_control.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using namespace std::chrono_literals;
using Source = CacheControl::Source;
using Lines = std::initializer_list<std::pair<std::string_view, std::string_view>>;

struct CacheControlTest : ::testing::Test {
  Arena arena;
  Fields fields{arena};

  const Fields& with(Lines lines) {
    fields.clear();
    for (auto& [name, value] : lines) fields.add(name, value);
    return fields;
  }
  CacheControl says(std::string_view value) { return response_directives(with({{"Cache-Control", value}})); }
};

TEST_F(CacheControlTest, IsNothingWhereThereIsNoField) {
  auto none = response_directives(with({}));
  EXPECT_EQ(none.source, Source::none);
  EXPECT_FALSE(none.no_store || none.no_cache || none.is_public || none.is_private || none.max_age);
  EXPECT_EQ(says("").source, Source::none);
  EXPECT_EQ(says(" , ,\t,").source, Source::none);
}

TEST_F(CacheControlTest, ReadsEveryDirective) {
  auto all = says(
      "no-store, no-cache, no-transform, must-revalidate, must-understand, proxy-revalidate, private, "
      "public, "
      "immutable, max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4");
  EXPECT_TRUE(all.no_store && all.no_cache && all.no_transform && all.must_revalidate &&
              all.must_understand && all.proxy_revalidate && all.is_private && all.is_public &&
              all.immutable);
  EXPECT_EQ(all.max_age, 1s);
  EXPECT_EQ(all.s_maxage, 2s);
  EXPECT_EQ(all.stale_while_revalidate, 3s);
  EXPECT_EQ(all.stale_if_error, 4s);
  EXPECT_EQ(all.source, Source::cache_control);
}

TEST_F(CacheControlTest, IgnoresCaseOrderWhiteSpaceAndWhatItDoesNotKnow) {
  auto c = says(" ,foobar, No-StOrE\t,\t MaX-aGe=3600 ,x=\"y, z\",");
  EXPECT_TRUE(c.no_store);
  EXPECT_EQ(c.max_age, 3600s);
  EXPECT_FALSE(says("no-stored").no_store);
  EXPECT_FALSE(says("no_store").no_store);
}

TEST_F(CacheControlTest, ReadsNumbersWithLeadingZerosAndInQuotes) {
  EXPECT_EQ(says("max-age=003600").max_age, 3600s);
  EXPECT_EQ(says("max-age=\"3600\"").max_age, 3600s);
  EXPECT_EQ(says("max-age=0").max_age, 0s);
}

TEST_F(CacheControlTest, TakesWhatIsNoNumberAsZero) {
  for (auto bad : {"-3600", "abc", "a3600", "3600a", "3600.0", "3600.5", "+1", "'3600'", "1 2", "\"36\\00\"",
                   "\"3600\"x", "\"3600", "0x10", "1e3", "=1"})
    EXPECT_EQ(says(std::string("max-age=") + bad).max_age, 0s) << bad;
  EXPECT_EQ(says("max-age").max_age, 0s);
  EXPECT_EQ(says("max-age=").max_age, 0s);
  EXPECT_EQ(says("max-age=\"\"").max_age, 0s);
}

TEST_F(CacheControlTest, TakesWhiteSpaceAboutTheEqualsSignAsNoNumber) {
  EXPECT_EQ(says("max-age =3600").max_age, 0s);
  EXPECT_EQ(says("max-age= 3600").max_age, 0s);
  EXPECT_EQ(says("max-age\t=\t3600").max_age, 0s);
}

TEST_F(CacheControlTest, TakesTwoToThe31AndMoreAsForever) {
  EXPECT_EQ(says("max-age=2147483647").max_age, 2147483647s);
  EXPECT_EQ(says("max-age=2147483648").max_age, CacheControl::forever);
  EXPECT_EQ(says("max-age=2147483649").max_age, CacheControl::forever);
  EXPECT_EQ(says("max-age=99999999999").max_age, CacheControl::forever);
  EXPECT_EQ(says("max-age=" + std::string(400, '9')).max_age, CacheControl::forever);
}

TEST_F(CacheControlTest, LetsTheFirstOfTwoNumbersCount) {
  EXPECT_EQ(says("max-age=1800, max-age=1").max_age, 1800s);
  EXPECT_EQ(says("max-age=1, max-age=1800").max_age, 1s);
  EXPECT_EQ(says("max-age=x, max-age=1800").max_age, 0s);
  auto lines = response_directives(with({{"Cache-Control", "max-age=1"}, {"Cache-Control", "max-age=1800"}}));
  EXPECT_EQ(lines.max_age, 1s);
}

TEST_F(CacheControlTest, ReadsAllLines) {
  auto c = response_directives(
      with({{"Cache-Control", "no-cache=\"a\""}, {"A", "1"}, {"cache-control", "max-age=3600, no-store"}}));
  EXPECT_EQ(c.no_cache_fields, "a");
  EXPECT_EQ(c.max_age, 3600s);
  EXPECT_TRUE(c.no_store);
}

TEST_F(CacheControlTest, SeesNoDirectiveInsideQuotes) {
  EXPECT_EQ(says("extension=\"max-age=3600\", max-age=1").max_age, 1s);
  EXPECT_EQ(says("max-age=1, extension=\"max-age=3600\"").max_age, 1s);
  EXPECT_FALSE(says("x=\"a, no-store\"").no_store);
  EXPECT_FALSE(says("x=\"a\\\", no-store\"").no_store);
  EXPECT_FALSE(says("x= \"a, no-store\"").no_store);
}

TEST_F(CacheControlTest, HidesNothingBehindAQuoteThatIsNeverClosed) {
  EXPECT_TRUE(says("x=\"a, no-store").no_store);
  EXPECT_TRUE(says("x=\"a\\\", no-store").no_store);
  auto lines = response_directives(with({{"Cache-Control", "x=\"a"}, {"Cache-Control", "no-store, y=\""}}));
  EXPECT_TRUE(lines.no_store);
}

TEST_F(CacheControlTest, HearsWhatForbidsInAnySpelling) {
  EXPECT_TRUE(says("no-store=x").no_store);
  EXPECT_TRUE(says("no-store =").no_store);
  EXPECT_TRUE(says("no-store=\"a\"").no_store);
  EXPECT_TRUE(says("no-cache=").no_cache);
  EXPECT_TRUE(says("no-cache=\"\"").no_cache);
  EXPECT_TRUE(says("no-cache = \"a\"").no_cache);
  EXPECT_TRUE(says("private=\"a\"x").is_private);
  EXPECT_TRUE(says("private=\"a;b\"").is_private);
  EXPECT_TRUE(says("private=\"a").is_private);
}

TEST_F(CacheControlTest, KeepsTheFieldsThatNoCacheAndPrivateName) {
  auto c = says("no-cache=\"a, Set-Cookie\", private=X-User");
  EXPECT_FALSE(c.no_cache || c.is_private);
  EXPECT_TRUE(names_field(c.no_cache_fields, "set-cookie"));
  EXPECT_TRUE(names_field(c.no_cache_fields, "A"));
  EXPECT_FALSE(names_field(c.no_cache_fields, "Cookie"));
  EXPECT_TRUE(names_field(c.private_fields, "x-user"));
  EXPECT_FALSE(names_field("", "a"));
}

TEST_F(CacheControlTest, TakesASecondListAsNone) {
  auto c = says("no-cache=\"a\", no-cache=\"b\"");
  EXPECT_TRUE(c.no_cache);
  EXPECT_TRUE(says("private=\"a\", private").is_private);
}

TEST_F(CacheControlTest, ReadsRequests) {
  auto asks = request_directives(
      with({{"Cache-Control", "max-age=1, min-fresh=2, max-stale=3, no-cache, no-store, only-if-cached"}}));
  EXPECT_EQ(asks.max_age, 1s);
  EXPECT_EQ(asks.min_fresh, 2s);
  EXPECT_EQ(asks.max_stale, 3s);
  EXPECT_TRUE(asks.no_cache && asks.no_store && asks.only_if_cached);
}

TEST_F(CacheControlTest, TakesMaxStaleWithoutANumberAsForever) {
  EXPECT_EQ(says("max-stale").max_stale, CacheControl::forever);
  EXPECT_EQ(says("max-stale=").max_stale, 0s);
  EXPECT_EQ(says("max-stale=x").max_stale, 0s);
}

TEST_F(CacheControlTest, HearsPragmaOnlyWhereThereIsNoCacheControl) {
  EXPECT_TRUE(request_directives(with({{"Pragma", "foo, no-cache"}})).no_cache);
  EXPECT_FALSE(request_directives(with({{"Pragma", "no-cache"}, {"Cache-Control", "max-age=1"}})).no_cache);
  EXPECT_FALSE(request_directives(with({{"Pragma", "no-cache"}, {"Cache-Control", ""}})).no_cache);
  EXPECT_FALSE(request_directives(with({{"Pragma", "no-store"}})).no_store);
  EXPECT_FALSE(response_directives(with({{"Pragma", "no-cache"}})).no_cache);
}

TEST(ReadSeconds, TakesDigitsAlone) {
  EXPECT_EQ(read_seconds("0"), 0s);
  EXPECT_EQ(read_seconds("2147483648"), CacheControl::forever);
  for (auto bad : {"", " 1", "1 ", "-1", "+1", "1.0", "a"}) EXPECT_FALSE(read_seconds(bad)) << bad;
}

// RFC 9213.
struct TargetedTest : CacheControlTest {
  CacheControl cdn(std::string_view value) {
    return response_directives(with({{"Cache-Control", "no-store"}, {"CDN-Cache-Control", value}}));
  }
};

TEST_F(TargetedTest, TakesThePlaceOfCacheControl) {
  auto c = cdn("max-age=60");
  EXPECT_EQ(c.source, Source::cdn_cache_control);
  EXPECT_TRUE(c.targeted());
  EXPECT_EQ(c.max_age, 60s);
  EXPECT_FALSE(c.no_store);
}

TEST_F(TargetedTest, IsIgnoredWhereItIsEmptyOrMalformed) {
  for (auto bad : {"",
                   "   ",
                   "max-age=60, &&&&&",
                   "max-age=60,",
                   ", max-age=60",
                   "max-age =60",
                   "max-age= 60",
                   "MaX-aGe=60",
                   "max-age=60 no-cache",
                   "max-age=\"60",
                   "max-age=1.2345",
                   "max-age=1234567890123456",
                   "max-age=?2",
                   "max-age=60;",
                   "max-age=60; =1",
                   "x=(1 2",
                   "x=(1\"a\")",
                   "x=:a",
                   "x=\"\\a\"",
                   "max-age=",
                   "max-age=-",
                   "1=2"}) {
    auto c = cdn(bad);
    EXPECT_EQ(c.source, Source::cache_control) << bad;
    EXPECT_TRUE(c.no_store) << bad;
    EXPECT_FALSE(c.max_age) << bad;
  }
}

TEST_F(TargetedTest, IsIgnoredWhereADirectiveHasAnotherType) {
  for (auto bad : {"max-age=\"60\"", "max-age", "max-age=60.0", "max-age=abc", "max-age=(60)",
                   "max-age=:aaaa:", "max-age=?1", "no-store=1", "no-store=\"a\"", "public=yes", "private=a",
                   "no-cache=1"})
    EXPECT_EQ(cdn(bad).source, Source::cache_control) << bad;
}

TEST_F(TargetedTest, IsReadAsADictionary) {
  auto c =
      cdn("foo=(1 \"a\" b;p=1);q , bar=?0, a.b*=tok:en/x ,max-age=60;x=1; y , private=\"a, b\", x=:aGk=:");
  EXPECT_EQ(c.max_age, 60s);
  EXPECT_EQ(c.private_fields, "a, b");
  EXPECT_FALSE(c.is_private);
  EXPECT_TRUE(cdn("no-cache").no_cache);
  EXPECT_TRUE(cdn("no-store=?1").no_store);
  EXPECT_FALSE(cdn("no-store=?0, max-age=1").no_store);
}

TEST_F(TargetedTest, LetsTheLastOfTwoCount) {
  EXPECT_EQ(cdn("max-age=1, max-age=60").max_age, 60s);
  EXPECT_FALSE(cdn("no-store, no-store=?0").no_store);
  EXPECT_FALSE(cdn("no-cache, no-cache=\"a\"").no_cache);
}

TEST_F(TargetedTest, BoundsNumbers) {
  EXPECT_EQ(cdn("max-age=-1").max_age, 0s);
  EXPECT_EQ(cdn("max-age=2147483648").max_age, CacheControl::forever);
  EXPECT_EQ(cdn("max-age=999999999999999").max_age, CacheControl::forever);
}

TEST_F(TargetedTest, IsReadOverSeveralLines) {
  auto c = response_directives(with({{"CDN-Cache-Control", "max-age=1"}, {"CDN-Cache-Control", "no-cache"}}));
  EXPECT_EQ(c.max_age, 1s);
  EXPECT_TRUE(c.no_cache);
  auto bad = response_directives(with({{"CDN-Cache-Control", "max-age=1"}, {"CDN-Cache-Control", "&"}}));
  EXPECT_EQ(bad.source, Source::none);
  EXPECT_FALSE(bad.max_age);
}

TEST_F(TargetedTest, ComesBeforeSurrogateControl) {
  auto c =
      response_directives(with({{"Surrogate-Control", "max-age=1"}, {"CDN-Cache-Control", "max-age=2"}}));
  EXPECT_EQ(c.source, Source::cdn_cache_control);
  EXPECT_EQ(c.max_age, 2s);
}

TEST_F(TargetedTest, LeavesTheNextOneWhereItIsMalformed) {
  auto c = response_directives(
      with({{"Surrogate-Control", "max-age=1"}, {"CDN-Cache-Control", "&"}, {"Cache-Control", "max-age=3"}}));
  EXPECT_EQ(c.source, Source::surrogate_control);
  EXPECT_EQ(c.max_age, 1s);
}

struct SurrogateControlTest : CacheControlTest {
  CacheControl surrogate(std::string_view value) {
    return response_directives(with({{"Cache-Control", "private"}, {"Surrogate-Control", value}}));
  }
};

TEST_F(SurrogateControlTest, TakesThePlaceOfCacheControl) {
  auto c = surrogate("max-age=60, content=\"ESI/1.0\"");
  EXPECT_EQ(c.max_age, 60s);
  EXPECT_FALSE(c.is_private);
  EXPECT_TRUE(c.targeted());
}

TEST_F(SurrogateControlTest, GivesATimeToBeStaleBehindAPlus) {
  auto c = surrogate("max-age=60+30");
  EXPECT_EQ(c.max_age, 60s);
  EXPECT_EQ(c.stale_if_error, 30s);
  EXPECT_EQ(surrogate("max-age=60+x").max_age, 60s);
  EXPECT_FALSE(surrogate("max-age=60+x").stale_if_error);
  EXPECT_EQ(surrogate("max-age=x+30").max_age, 0s);
}

TEST_F(SurrogateControlTest, IsNotHeardWhereItIsForAnotherSurrogate) {
  EXPECT_FALSE(surrogate("no-store;other, max-age=1").no_store);
  EXPECT_TRUE(surrogate("no-store;Sluice").no_store);
  EXPECT_EQ(surrogate("max-age=60;other, max-age=10;sluice, max-age=20").max_age, 10s);
}

TEST_F(SurrogateControlTest, IsAlsoMeantForRemoteOnes) {
  EXPECT_TRUE(surrogate("no-store-remote").no_store);
}

}  // namespace
}  // namespace sluice::http
