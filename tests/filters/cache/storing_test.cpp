// RFC 9111 §3: what may be stored.
#include "filters/cache/storing.hpp"

#include "filters/cache/semantics.hpp"

namespace sluice::filters::cache {
namespace {

using Storing = Semantics;

TEST_F(Storing, TakesAFreshAnswerToGet) {
  answer(200, {{"Cache-Control", "max-age=60"}});
  EXPECT_EQ(why_not(), stored);
}

TEST_F(Storing, TakesNoAnswerToOtherMethods) {
  answer(200, {{"Cache-Control", "max-age=60"}});
  for (auto method : {Method::head, Method::post, Method::put, Method::delete_, Method::options,
                      Method::patch, Method::trace, Method::other}) {
    ask({}, method);
    EXPECT_EQ(why_not(), "method");
  }
}

TEST_F(Storing, TakesNothingWhereTheOriginSaysNoStore) {
  for (auto value :
       {"no-store", "No-StOrE", "max-age=10000, no-store", "no-store=x, max-age=1", "public, no-store"}) {
    answer(200, {{"Cache-Control", value}, {"Expires", date(1h)}, {"Date", date(0s)}});
    EXPECT_EQ(why_not(), "no-store") << value;
  }
}

TEST_F(Storing, TakesNothingWhereTheRequestSaysNoStore) {
  ask({{"Cache-Control", "no-store"}});
  answer(200, {{"Cache-Control", "max-age=60, public"}});
  EXPECT_EQ(why_not(), "request-no-store");
}

TEST_F(Storing, TakesNothingThatIsPrivate) {
  for (auto value : {"private, max-age=60", "max-age=60, PRIVATE", "private=\"\", max-age=60"}) {
    answer(200, {{"Cache-Control", value}});
    EXPECT_EQ(why_not(), "private") << value;
  }
}

TEST_F(Storing, TakesNothingThatVariesByAnything) {
  for (auto value : {"*", "*, *", "Foo, *", "*, Foo", ", *"}) {
    answer(200, {{"Cache-Control", "max-age=60"}, {"Vary", value}});
    EXPECT_EQ(why_not(), "vary") << value;
  }
  answer(200, {{"Cache-Control", "max-age=60"}, {"Vary", "Accept"}, {"Vary", "*"}});
  EXPECT_EQ(why_not(), "vary");
}

TEST_F(Storing, TakesNoPart) {
  answer(206, {{"Cache-Control", "max-age=60"}, {"Content-Range", "bytes 0-1/2"}});
  EXPECT_EQ(why_not(), "partial");
}

TEST_F(Storing, TakesAPartWhereItIsKeptApart) {
  storing.parts = true;
  ask({{"Range", "bytes=-5"}});
  answer(206, {{"Cache-Control", "max-age=60"}, {"Content-Range", "bytes 5-9/10"}});
  EXPECT_EQ(why_not(), stored);
  answer(206, {{"Cache-Control", "no-store"}, {"Content-Range", "bytes 5-9/10"}});
  EXPECT_EQ(why_not(), "no-store");
}

TEST_F(Storing, TakesNoPartThatTheRangeAloneDoesNotTell) {
  storing.parts = true;
  answer(206, {{"Cache-Control", "max-age=60"}, {"Content-Range", "bytes 5-9/10"}});
  for (auto range : {"bytes=0-1,3-4", "lines=1-2", "bytes"}) {
    ask({{"Range", range}});
    EXPECT_EQ(why_not(), "partial") << range;
  }
  ask({});
  EXPECT_EQ(why_not(), "partial");
  ask({{"Range", "bytes=-5"}, {"If-Range", "\"a\""}});
  EXPECT_EQ(why_not(), "partial");
  ask({{"Range", "bytes=-5"}, {"Range", "bytes=-4"}});
  EXPECT_EQ(why_not(), "partial");
  ask({{"Range", "bytes=-5"}});
  for (auto part : {"", "bytes */10", "bytes 5-9/9"}) {
    answer(206, {{"Cache-Control", "max-age=60"}, {"Content-Range", part}});
    EXPECT_EQ(why_not(), "partial") << part;
  }
}

TEST_F(Storing, TakesNoAnswerThatIsNotFinal) {
  for (std::uint16_t status : {100, 101, 102, 103}) {
    answer(status, {{"Cache-Control", "max-age=60"}});
    EXPECT_EQ(why_not(), "status") << status;
  }
}

TEST_F(Storing, TakesNoAnswerToOneRequestsConditions) {
  for (std::uint16_t status : {304, 412, 416}) {
    answer(status, {{"Cache-Control", "max-age=60"}});
    EXPECT_EQ(why_not(), "status") << status;
  }
}

TEST_F(Storing, TakesEveryOtherStatusThatIsExplicitlyFresh) {
  for (std::uint16_t status :
       {200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599}) {
    answer(status, {{"Cache-Control", "max-age=60"}});
    EXPECT_EQ(why_not(), stored) << status;
    answer(status, {{"Expires", date(1h)}, {"Date", date(0s)}});
    EXPECT_EQ(why_not(), stored) << status;
  }
}

TEST_F(Storing, TakesNothingThatNobodyCalledCacheable) {
  for (std::uint16_t status : {201, 202, 302, 307, 400, 403, 429, 500, 502, 503, 504, 599}) {
    answer(status, {{"Last-Modified", date(-24h)}, {"Date", date(0s)}, {"ETag", "\"a\""}});
    EXPECT_EQ(why_not(), "no-freshness") << status;
  }
}

TEST_F(Storing, TakesWhatIsPublicWhateverItsStatus) {
  answer(599, {{"Last-Modified", date(-24h)}, {"Date", date(0s)}, {"Cache-Control", "public"}});
  EXPECT_EQ(why_not(), stored);
}

TEST_F(Storing, TakesWhatCanBeGuessed) {
  answer(404, {{"Last-Modified", date(-24h)}, {"Date", date(0s)}});
  EXPECT_EQ(why_not(), stored);
}

TEST_F(Storing, TakesWhatCanBeValidated) {
  for (auto value : {"no-cache", "max-age=0", "max-age=0, must-revalidate"}) {
    answer(200, {{"Cache-Control", value}, {"ETag", "\"a\""}});
    EXPECT_EQ(why_not(), stored) << value;
    answer(200, {{"Cache-Control", value}, {"Last-Modified", date(-24h)}});
    EXPECT_EQ(why_not(), stored) << value;
  }
}

TEST_F(Storing, TakesNothingThatIsOfNoUse) {
  answer(200, {});
  EXPECT_EQ(why_not(), "no-freshness");
  for (auto value : {"max-age=0", "no-cache", "no-cache, max-age=60", "public"}) {
    answer(200, {{"Cache-Control", value}});
    EXPECT_EQ(why_not(), "no-freshness") << value;
  }
  answer(200, {{"Cache-Control", "max-age=60"}, {"Age", "61"}});
  EXPECT_EQ(why_not(), "no-freshness");
}

TEST_F(Storing, TakesWhatMayBeGivenStale) {
  answer(200, {{"Cache-Control", "max-age=0, stale-while-revalidate=60"}});
  EXPECT_EQ(why_not(), stored);
  answer(200, {{"Cache-Control", "max-age=0, stale-if-error=60"}});
  EXPECT_EQ(why_not(), stored);
}

// §5.2.2.3
TEST_F(Storing, LetsMustUnderstandLiftNoStoreForKnownStatuses) {
  answer(200, {{"Cache-Control", "max-age=3600, no-store, must-understand"}});
  EXPECT_EQ(why_not(), stored);
  answer(599, {{"Cache-Control", "max-age=3600, no-store, must-understand"}});
  EXPECT_EQ(why_not(), "no-store");
}

TEST_F(Storing, TakesNoUnknownStatusThatMustBeUnderstood) {
  answer(299, {{"Cache-Control", "max-age=3600, must-understand"}});
  EXPECT_EQ(why_not(), "not-understood");
  answer(299, {{"Cache-Control", "max-age=3600"}});
  EXPECT_EQ(why_not(), stored);
}

// RFC 9110 §9.3.3
TEST_F(Storing, TakesAnAnswerToPostThatNamesItsOwnTarget) {
  ask({}, Method::post);
  for (auto own : {"/a", "http://api.example/a", "a"}) {
    answer(200, {{"Cache-Control", "max-age=60"}, {"Content-Location", own}});
    EXPECT_EQ(why_not(), stored) << own;
  }
}

TEST_F(Storing, TakesNoOtherAnswerToPost) {
  ask({}, Method::post);
  for (auto other : {"/b", "/a?x", "http://other.example/a", ""}) {
    answer(200, {{"Cache-Control", "max-age=60"}, {"Content-Location", other}});
    EXPECT_EQ(why_not(), "method") << other;
  }
  answer(200, {{"Content-Location", "/a"}, {"Last-Modified", date(-24h)}, {"Date", date(0s)}});
  EXPECT_EQ(why_not(), "method");
  StatusTtl all{.status = 0, .ttl = 60s};
  rules.ttl = {&all, 1};
  EXPECT_EQ(why_not(), "method");
}

// §7.3
TEST_F(Storing, TakesNoCookie) {
  answer(200, {{"Set-Cookie", "a=b"}, {"Cache-Control", "max-age=60, public"}});
  EXPECT_EQ(why_not(), "set-cookie");
  answer(200, {{"Set-Cookie", "a=b"}, {"Cache-Control", "max-age=60, no-cache=\"cookie\""}});
  EXPECT_EQ(why_not(), "set-cookie");
}

TEST_F(Storing, LeavesACookieThatIsNamedToWhoAsked) {
  for (auto value : {"max-age=60, no-cache=\"set-cookie\"", "max-age=60, private=\"Set-Cookie, X-User\""}) {
    answer(200, {{"Set-Cookie", "a=b"}, {"Cache-Control", value}});
    EXPECT_EQ(why_not(), stored) << value;
    EXPECT_FALSE(is_stored_field({"Set-Cookie", "a=b", FieldId::set_cookie}, says()));
  }
}

TEST_F(Storing, TakesACookieByTheRulesOnlyWhereTheOriginSaidHowLong) {
  storing.cookies = true;
  answer(200, {{"Set-Cookie", "a=b"}, {"Cache-Control", "max-age=60"}});
  EXPECT_EQ(why_not(), stored);
  answer(200, {{"Set-Cookie", "a=b"}, {"Last-Modified", date(-24h)}, {"Date", date(0s)}});
  EXPECT_EQ(why_not(), "set-cookie");
  answer(200, {{"Set-Cookie", "a=b"}, {"ETag", "\"a\""}});
  EXPECT_EQ(why_not(), "set-cookie");
}

struct ConfiguredTtl : Semantics {
  StatusTtl ttl[2] = {{200, 60s}, {404, 5s}};
  ConfiguredTtl() { rules.ttl = ttl; }
};

TEST_F(ConfiguredTtl, StoresWhatSaysNothing) {
  answer(200, {});
  EXPECT_EQ(why_not(), stored);
  answer(410, {});
  EXPECT_EQ(why_not(), "no-freshness");
}

TEST_F(ConfiguredTtl, NeverOverridesWhatForbidsToStore) {
  storing.cookies = true;
  answer(200, {{"Cache-Control", "no-store"}});
  EXPECT_EQ(why_not(), "no-store");
  answer(200, {{"Cache-Control", "private"}});
  EXPECT_EQ(why_not(), "private");
  answer(200, {{"Set-Cookie", "a=b"}});
  EXPECT_EQ(why_not(), "set-cookie");
  answer(200, {{"Set-Cookie", "a=b"}, {"Cache-Control", "max-age=60"}});
  EXPECT_EQ(why_not(), "set-cookie");
  answer(200, {{"Vary", "*"}});
  EXPECT_EQ(why_not(), "vary");
  ask({{"Authorization", "x"}});
  answer(200, {});
  EXPECT_EQ(why_not(), "authorization");
}

// §3.5
struct Authenticated : Semantics {
  Authenticated() { ask({{"Authorization", "Bearer x"}}); }
};

TEST_F(Authenticated, AnswersAreNotStored) {
  answer(200, {{"Cache-Control", "max-age=3600"}});
  EXPECT_EQ(why_not(), "authorization");
  answer(200, {{"Cache-Control", "max-age=3600, proxy-revalidate"}});
  EXPECT_EQ(why_not(), "authorization");
  answer(200, {{"CDN-Cache-Control", "max-age=3600"}, {"Cache-Control", "public"}});
  EXPECT_EQ(why_not(), "authorization");
}

TEST_F(Authenticated, AnswersAreStoredWhereTheOriginAllowsIt) {
  for (auto value : {"max-age=3600, public", "max-age=3600, must-revalidate", "s-maxage=3600"}) {
    answer(200, {{"Cache-Control", value}});
    EXPECT_EQ(why_not(), stored) << value;
  }
}

TEST_F(Authenticated, AnswersAreStoredForWhoAskedOrByTheOperatorsWord) {
  answer(200, {{"Cache-Control", "max-age=3600"}});
  storing = {.by_principal = true};
  EXPECT_EQ(why_not(), stored);
  storing = {.shared = true};
  EXPECT_EQ(why_not(), stored);
  answer(200, {{"Cache-Control", "max-age=3600, private"}});
  EXPECT_EQ(why_not(), "private");
}

TEST_F(Authenticated, AnswersAreForEverybodyOnlyWhereTheOriginSaysSo) {
  for (auto value : {"max-age=3600, public", "s-maxage=3600"}) {
    answer(200, {{"Cache-Control", value}});
    EXPECT_TRUE(is_for_everybody(says())) << value;
  }
  for (auto value : {"max-age=3600, must-revalidate", "max-age=3600"}) {
    answer(200, {{"Cache-Control", value}});
    EXPECT_FALSE(is_for_everybody(says())) << value;
  }
}

}  // namespace
}  // namespace sluice::filters::cache
