// RFC 9111 §4.2.1, §4.2.2, RFC 9213 §2.2: for how long a response is fresh.
#include "filters/cache/freshness.hpp"

#include "filters/cache/semantics.hpp"

namespace sluice::filters::cache {
namespace {

using Basis = Freshness::Basis;
using http::CacheControl;

struct Lifetime : Semantics {
  Seconds of(std::uint16_t status, Lines lines) {
    answer(status, lines);
    return freshness().lifetime;
  }
  Seconds of(Lines lines) { return of(200, lines); }
  Basis basis(Lines lines) {
    answer(200, lines);
    return freshness().basis;
  }
  // Whether an answer that is stored now may be given then, by its age alone.
  bool fresh_after(Duration resident, Lines lines) {
    answer(200, lines);
    auto f = freshness();
    return f.fresh(f.age(resident));
  }
};

TEST_F(Lifetime, IsNothingWhereNobodySaidAnything) {
  EXPECT_EQ(of({}), 0s);
  EXPECT_EQ(basis({}), Basis::none);
  EXPECT_FALSE(fresh_after(0s, {}));
}

TEST_F(Lifetime, IsMaxAge) {
  EXPECT_TRUE(fresh_after(3599s, {{"Cache-Control", "max-age=3600"}}));
  EXPECT_FALSE(fresh_after(3600s, {{"Cache-Control", "max-age=3600"}}));
  EXPECT_FALSE(fresh_after(0s, {{"Cache-Control", "max-age=0"}}));
  EXPECT_EQ(of({{"Cache-Control", "foobar, MaX-aGe=3600"}}), 3600s);
}

TEST_F(Lifetime, IsNothingWhereMaxAgeIsMalformed) {
  for (auto value : {"max-age=-3600", "max-age='3600'", "max-age=3600.0", "max-age =3600", "max-age=a"}) {
    EXPECT_EQ(of({{"Cache-Control", value}, {"Expires", date(1h)}, {"Date", date(0s)}}), 0s) << value;
    EXPECT_EQ(basis({{"Cache-Control", value}}), Basis::max_age) << value;
  }
}

TEST_F(Lifetime, IsSMaxageBeforeMaxAge) {
  EXPECT_EQ(of({{"Cache-Control", "max-age=3600, s-maxage=1"}}), 1s);
  EXPECT_EQ(of({{"Cache-Control", "s-maxage=1"}, {"Cache-Control", "max-age=3600"}}), 1s);
  EXPECT_EQ(of({{"Expires", date(-10s)}, {"Cache-Control", "max-age=0, s-maxage=3600"}}), 3600s);
}

TEST_F(Lifetime, IsMaxAgeBeforeExpires) {
  EXPECT_EQ(of({{"Cache-Control", "max-age=3600"}, {"Expires", date(-2h)}, {"Date", date(0s)}}), 3600s);
  EXPECT_EQ(of({{"Cache-Control", "max-age=3600"}, {"Expires", "0"}}), 3600s);
  EXPECT_EQ(of({{"Cache-Control", "max-age=0"}, {"Expires", date(1h)}, {"Date", date(0s)}}), 0s);
}

TEST_F(Lifetime, IsFromDateToExpires) {
  EXPECT_EQ(of({{"Expires", date(30s)}, {"Date", date(0s)}}), 30s);
  EXPECT_EQ(of({{"Expires", date(30s)}, {"Date", date(-10s)}}), 40s);
  EXPECT_EQ(of({{"Expires", date(300s)}, {"Date", date(400s)}}), 0s);
  EXPECT_EQ(of({{"Expires", date(0s)}, {"Date", date(0s)}}), 0s);
  EXPECT_EQ(of({{"Expires", date(-1h)}, {"Date", date(0s)}}), 0s);
}

TEST_F(Lifetime, IsFromReceiptToExpiresWhereDateCannotBeRead) {
  EXPECT_EQ(of({{"Expires", date(30s)}}), 30s);
  EXPECT_EQ(of({{"Expires", date(10s)}, {"Date", "foo"}}), 10s);
}

TEST_F(Lifetime, IsNothingWhereExpiresIsNoDate) {
  for (auto value :
       {"0", "-1", "", "now", "Thu, 18 Aug 2050 02:01:18 UTC", "Thu, 18 Aug 2050 02:01:18 AEST",
        "Thu, 18 Aug 50 02:01:18 GMT", "Thu 18 Aug 2050 02:01:18 GMT", "Thu, 18  Aug  2050 02:01:18 GMT",
        "Thu, 18-Aug-2050 02:01:18 GMT", "Thu, 18 Aug 2050 02.01.18 GMT", "Thu, 18 Aug 2050 2:01:18 GMT"}) {
    EXPECT_EQ(of({{"Expires", value}, {"Date", date(0s)}, {"Last-Modified", date(-24h)}}), 0s) << value;
    EXPECT_EQ(basis({{"Expires", value}}), Basis::expires) << value;
  }
}

TEST_F(Lifetime, ReadsExpiresInEachFormOfADate) {
  for (auto value :
       {"Thu, 18 Aug 2050 02:01:18 GMT", "Thursday, 18-Aug-50 02:01:18 GMT", "Thu Aug 18 02:01:18 2050",
        "THU, 18 Aug 2050 02:01:18 GMT", "Thu, 18 AUG 2050 02:01:18 GMT", "Thu, 18 Aug 2050 02:01:18 gMT"})
    EXPECT_GT(of({{"Expires", value}, {"Date", date(0s)}}), 0s) << value;
}

TEST_F(Lifetime, IsTheFirstOfTwoExpires) {
  EXPECT_EQ(of({{"Expires", date(10s)}, {"Expires", date(1h)}, {"Date", date(0s)}}), 10s);
}

TEST_F(Lifetime, IsAtMostForever) {
  EXPECT_EQ(of({{"Expires", "Sun, 21 Nov 2286 04:46:39 GMT"}, {"Date", date(0s)}}), CacheControl::forever);
  EXPECT_EQ(of({{"Expires", "Tue, 19 Jan 2038 14:14:08 GMT"}, {"Date", "Mon, 01 Jan 1700 00:00:00 GMT"}}),
            CacheControl::forever);
  EXPECT_EQ(of({{"Cache-Control", "max-age=99999999999"}}), CacheControl::forever);
  EXPECT_TRUE(fresh_after(24h * 365 * 50, {{"Cache-Control", "max-age=99999999999"}}));
}

// §4.2.2
struct Guess : Lifetime {};

TEST_F(Guess, IsATenthOfTheTimeSinceTheLastChange) {
  EXPECT_EQ(of({{"Last-Modified", date(-100s)}, {"Date", date(0s)}}), 10s);
  EXPECT_EQ(of({{"Last-Modified", date(-3600s)}}), 360s);
  EXPECT_EQ(basis({{"Last-Modified", date(-100s)}}), Basis::heuristic);
  answer(200, {{"Last-Modified", date(-100s)}});
  EXPECT_FALSE(freshness().is_explicit());
}

TEST_F(Guess, IsAtMostADay) {
  EXPECT_EQ(of({{"Last-Modified", date(-24h * 365)}, {"Date", date(0s)}}), 24h);
}

TEST_F(Guess, IsMadeOnlyForStatusesThatAllowIt) {
  for (std::uint16_t status : {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
    EXPECT_EQ(of(status, {{"Last-Modified", date(-100s)}}), 10s) << status;
  for (std::uint16_t status : {201, 202, 302, 303, 307, 400, 401, 403, 429, 500, 502, 503, 504, 599})
    EXPECT_EQ(of(status, {{"Last-Modified", date(-100s)}}), 0s) << status;
}

TEST_F(Guess, IsMadeForOtherStatusesWhereTheyArePublic) {
  EXPECT_EQ(of(599, {{"Last-Modified", date(-100s)}, {"Cache-Control", "public"}}), 10s);
}

TEST_F(Guess, IsNotMadeFromADateToCome) {
  EXPECT_EQ(of({{"Last-Modified", date(100s)}, {"Date", date(0s)}}), 0s);
  EXPECT_EQ(of({{"Last-Modified", "yesterday"}, {"Date", date(0s)}}), 0s);
  EXPECT_EQ(of({{"Last-Modified", date(-100s)}, {"Date", date(-200s)}}), 0s);
}

// RFC 9213 §2.2
struct TargetedLifetime : Lifetime {};

TEST_F(TargetedLifetime, TakesThePlaceOfMaxAgeAndExpires) {
  EXPECT_EQ(of({{"CDN-Cache-Control", "max-age=3600"}, {"Cache-Control", "max-age=1"}}), 3600s);
  EXPECT_EQ(of({{"CDN-Cache-Control", "max-age=1"}, {"Cache-Control", "max-age=3600"}}), 1s);
  EXPECT_EQ(of({{"CDN-Cache-Control", "max-age=3600"}, {"Expires", "0"}}), 3600s);
  EXPECT_EQ(of({{"CDN-Cache-Control", "max-age=0"}, {"Expires", date(1h)}, {"Date", date(0s)}}), 0s);
}

TEST_F(TargetedLifetime, LeavesExpiresUnheardWhereItSaysNothingOfFreshness) {
  EXPECT_EQ(of({{"CDN-Cache-Control", "must-revalidate"}, {"Expires", date(1h)}, {"Date", date(0s)}}), 0s);
}

TEST_F(TargetedLifetime, IsIgnoredWhereItIsMalformed) {
  EXPECT_EQ(of({{"CDN-Cache-Control", "max-age=60, &&&&&"}, {"Cache-Control", "max-age=1"}}), 1s);
  EXPECT_EQ(of({{"CDN-Cache-Control", ""}, {"Expires", date(1h)}, {"Date", date(0s)}}), 3600s);
}

struct ConfiguredLifetime : Lifetime {
  StatusTtl ttl[3] = {{404, 5s}, {0, 60s}, {503, 1s}};
  ConfiguredLifetime() { rules.ttl = ttl; }
};

TEST_F(ConfiguredLifetime, TakesThePlaceOfWhatTheOriginSays) {
  EXPECT_EQ(of({}), 60s);
  EXPECT_EQ(of({{"Cache-Control", "max-age=1, s-maxage=2"}, {"Expires", "0"}}), 60s);
  EXPECT_EQ(of({{"CDN-Cache-Control", "max-age=1"}}), 60s);
  EXPECT_EQ(basis({}), Basis::configured);
}

TEST_F(ConfiguredLifetime, IsForItsStatus) {
  EXPECT_EQ(of(404, {}), 5s);
  EXPECT_EQ(of(503, {}), 1s);
}

TEST_F(ConfiguredLifetime, IsForNoErrorUnlessItIsNamed) {
  for (std::uint16_t status : {302, 403, 405, 410, 414, 500, 501}) EXPECT_EQ(of(status, {}), 0s) << status;
  EXPECT_EQ(of(301, {}), 60s);
  EXPECT_EQ(of(410, {{"Cache-Control", "max-age=7"}}), 7s);
}

TEST_F(ConfiguredLifetime, LeavesNoCacheAndMustRevalidateInForce) {
  answer(200, {{"Cache-Control", "no-cache"}});
  EXPECT_TRUE(freshness().must_validate);
  answer(200, {{"Cache-Control", "max-age=1, must-revalidate"}});
  EXPECT_TRUE(freshness().never_stale);
  answer(200, {{"Cache-Control", "s-maxage=1"}});
  EXPECT_FALSE(freshness().never_stale);
}

}  // namespace
}  // namespace sluice::filters::cache
