// RFC 9211: what the cache says it did.
#include "filters/cache/cache_status.hpp"

#include "filters/cache/semantics.hpp"

namespace sluice::filters::cache {
namespace {

struct CacheStatusTest : Semantics {
  std::string said(const CacheStatus& status, Lines lines = {}) {
    answer(200, lines);
    add_cache_status(response.fields, status);
    EXPECT_EQ(response.fields.count(FieldId::cache_status), 1U);
    return std::string(response.fields.get(FieldId::cache_status));
  }
};

TEST_F(CacheStatusTest, SaysHowLongAHitStaysFresh) {
  EXPECT_EQ(said({.hit = true, .ttl = 30s}), "sluice; hit; ttl=30");
  EXPECT_EQ(said({.hit = true, .ttl = -412s}), "sluice; hit; ttl=-412");
}

TEST_F(CacheStatusTest, SaysWhyARequestWasForwarded) {
  EXPECT_EQ(said({.forwarded = "uri-miss", .forward_status = 200, .stored = true, .collapsed = true}),
            "sluice; fwd=uri-miss; fwd-status=200; stored; collapsed");
  EXPECT_EQ(said({.forwarded = "stale", .forward_status = 304, .ttl = 60s, .stored = true}),
            "sluice; fwd=stale; fwd-status=304; ttl=60; stored");
  EXPECT_EQ(said({.forwarded = "bypass", .detail = "no-store"}), "sluice; fwd=bypass; detail=no-store");
}

TEST_F(CacheStatusTest, StandsBehindCachesNearerToTheOrigin) {
  EXPECT_EQ(said({.hit = true}, {{"Cache-Status", "origin; hit"}}), "origin; hit, sluice; hit");
  EXPECT_EQ(said({.hit = true},
                 {{"Cache-Status", "a; hit"}, {"cache-status", ""}, {"cache-status", "b; fwd=miss"}}),
            "a; hit, b; fwd=miss, sluice; hit");
}

TEST_F(CacheStatusTest, HasRoomForTheLongest) {
  std::string before(500, 'x'), detail(200, 'd');
  EXPECT_EQ(said({.hit = true,
                  .forwarded = "vary-miss",
                  .forward_status = 65535,
                  .ttl = Seconds(std::numeric_limits<std::int64_t>::min()),
                  .stored = true,
                  .collapsed = true,
                  .detail = detail},
                 {{"Cache-Status", before}}),
            before +
                ", sluice; hit; fwd=vary-miss; fwd-status=65535; ttl=-9223372036854775808; stored; "
                "collapsed; detail=" +
                detail);
}

}  // namespace
}  // namespace sluice::filters::cache
