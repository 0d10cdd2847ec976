// RFC 9111 §4, §5.2.1, §5.2.2, RFC 8246: whether a stored response may answer a request.
#include "filters/cache/reuse.hpp"

#include "filters/cache/semantics.hpp"

namespace sluice::filters::cache {
namespace {

struct ReuseTest : Semantics {
  ReuseTest() { answer(200, {{"Cache-Control", "max-age=60"}, {"ETag", "\"a\""}}); }

  Reuse asked(std::string_view cache_control, Duration resident) {
    ask({{"Cache-Control", cache_control}});
    return reuse_at(resident);
  }
};

TEST_F(ReuseTest, IsAllowedWhileTheResponseIsFresh) {
  EXPECT_EQ(reuse_at(0s), Reuse::fresh);
  EXPECT_EQ(reuse_at(59s), Reuse::fresh);
}

TEST_F(ReuseTest, NeedsValidationOnceItIsStale) {
  EXPECT_EQ(reuse_at(60s), Reuse::validate);
  EXPECT_STREQ(decide_at(60s).why, "stale");
}

// §5.2.2.4
TEST_F(ReuseTest, NeedsValidationEachTimeAfterNoCache) {
  for (auto value : {"no-cache", "No-CaChE, max-age=60", "no-cache=\"\", max-age=60"}) {
    answer(200, {{"Cache-Control", value}, {"ETag", "\"a\""}});
    EXPECT_EQ(reuse_at(0s), Reuse::validate) << value;
    EXPECT_STREQ(decide_at(0s).why, "stale") << value;
  }
}

TEST_F(ReuseTest, NeedsNoneWhereNoCacheNamesFields) {
  answer(200, {{"Cache-Control", "no-cache=\"a\", max-age=60"}});
  EXPECT_EQ(reuse_at(0s), Reuse::fresh);
}

TEST_F(ReuseTest, NeedsValidationWhereTheTargetedFieldSaysNoCache) {
  answer(200, {{"CDN-Cache-Control", "no-cache"}, {"Cache-Control", "max-age=60"}, {"ETag", "\"a\""}});
  EXPECT_EQ(reuse_at(0s), Reuse::validate);
}

// §5.2.1.4, §5.4
TEST_F(ReuseTest, NeedsValidationWhereTheRequestSaysNoCache) {
  EXPECT_EQ(asked("no-cache", 0s), Reuse::validate);
  EXPECT_STREQ(decide_at(0s).why, "request");
  EXPECT_STREQ(decide_at(60s).why, "stale");
  ask({{"Pragma", "no-cache"}});
  EXPECT_EQ(reuse_at(0s), Reuse::validate);
  ask({{"Pragma", "no-cache"}, {"Cache-Control", "nothing-to-see-here"}});
  EXPECT_EQ(reuse_at(0s), Reuse::fresh);
  ask({{"Pragma", "unrecognised"}});
  EXPECT_EQ(reuse_at(0s), Reuse::fresh);
}

// §5.2.1.1
TEST_F(ReuseTest, IsForWhatIsNoOlderThanTheRequestsMaxAge) {
  EXPECT_EQ(asked("max-age=10", 10s), Reuse::fresh);
  EXPECT_EQ(asked("max-age=10", 11s), Reuse::validate);
  EXPECT_EQ(asked("max-age=0", 0s), Reuse::validate);
  EXPECT_EQ(asked("max-age=x", 0s), Reuse::validate);
  EXPECT_EQ(asked("max-age=100", 60s), Reuse::validate);
}

TEST_F(ReuseTest, CountsTheAgeThatTheResponseCameWith) {
  answer(200, {{"Cache-Control", "max-age=3600"}, {"Age", "1800"}});
  EXPECT_EQ(asked("max-age=600", 0s), Reuse::validate);
  EXPECT_EQ(asked("min-fresh=2000", 0s), Reuse::validate);
  EXPECT_EQ(asked("min-fresh=1000", 0s), Reuse::fresh);
}

// §5.2.1.3
TEST_F(ReuseTest, IsForWhatStaysFreshLongEnough) {
  EXPECT_EQ(asked("min-fresh=10", 50s), Reuse::fresh);
  EXPECT_EQ(asked("min-fresh=10", 51s), Reuse::validate);
  EXPECT_EQ(asked("min-fresh=100", 0s), Reuse::validate);
}

// §5.2.1.2
TEST_F(ReuseTest, IsForWhatIsNoLongerStaleThanTheRequestTakes) {
  EXPECT_EQ(asked("max-stale=10", 70s), Reuse::stale);
  EXPECT_EQ(asked("max-stale=10", 71s), Reuse::validate);
  EXPECT_EQ(asked("max-stale", 24h * 365), Reuse::stale);
  EXPECT_EQ(asked("max-stale=x", 61s), Reuse::validate);
  EXPECT_EQ(asked("max-stale=10", 0s), Reuse::fresh);
  EXPECT_EQ(asked("max-stale=100, max-age=65", 64s), Reuse::stale);
  EXPECT_EQ(asked("max-stale=100, max-age=65", 66s), Reuse::validate);
}

// §5.2.2.2, §5.2.2.8, §5.2.2.10
TEST_F(ReuseTest, GivesNothingStaleWhereThatIsForbidden) {
  for (auto value : {"max-age=60, must-revalidate", "max-age=60, proxy-revalidate", "s-maxage=60",
                     "max-age=60, no-cache", "max-age=60, must-revalidate, stale-while-revalidate=60"}) {
    answer(200, {{"Cache-Control", value}, {"ETag", "\"a\""}});
    EXPECT_EQ(asked("max-stale", 61s), Reuse::validate) << value;
  }
}

// §5.2.1.7
TEST_F(ReuseTest, IsRefusedWhereOnlyStoredOnesAreWantedAndNoneWillDo) {
  EXPECT_EQ(asked("only-if-cached", 0s), Reuse::fresh);
  EXPECT_EQ(asked("only-if-cached", 60s), Reuse::forbidden);
  EXPECT_EQ(asked("only-if-cached, no-cache", 0s), Reuse::forbidden);
  EXPECT_EQ(asked("only-if-cached, max-stale", 61s), Reuse::stale);
  EXPECT_TRUE(must_not_forward(http::request_directives(request.fields)));
  ask({});
  EXPECT_FALSE(must_not_forward(http::request_directives(request.fields)));
}

// §5.2.1.5
TEST_F(ReuseTest, GoesPastTheCacheWhereTheRequestSaysNoStore) {
  ask({{"Cache-Control", "no-store"}});
  EXPECT_TRUE(goes_past(http::request_directives(request.fields)));
  ask({{"Cache-Control", "no-cache"}});
  EXPECT_FALSE(goes_past(http::request_directives(request.fields)));
}

// RFC 8246 §2
TEST_F(ReuseTest, IsAllowedForAReloadOfWhatIsImmutable) {
  answer(200, {{"Cache-Control", "max-age=60, immutable"}});
  EXPECT_EQ(asked("max-age=0", 10s), Reuse::fresh);
  EXPECT_EQ(asked("no-cache", 10s), Reuse::validate);
  EXPECT_EQ(asked("max-age=0", 60s), Reuse::validate);
}

}  // namespace
}  // namespace sluice::filters::cache
