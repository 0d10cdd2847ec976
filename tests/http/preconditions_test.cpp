#include "http/preconditions.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using namespace std::chrono;
using Lines = std::initializer_list<std::pair<std::string_view, std::string_view>>;

constexpr auto earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr auto changed = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr auto later = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr auto much_later = "Sun, 06 Nov 1994 09:00:00 GMT";

struct Preconditions : ::testing::Test {
  Arena arena;
  Request request{arena};
  Fields response{arena};
  WallPoint now = sys_days(year(1994) / 11 / 6) + 9h;

  Validators held(Lines lines) {
    response.clear();
    for (auto& [name, value] : lines) response.add(name, value);
    return validators_of(response, now);
  }
  Validators held() { return held({{"ETag", "\"a\""}, {"Last-Modified", changed}, {"Date", much_later}}); }

  void ask(Lines lines, Method method = Method::get) {
    request.method = method;
    request.fields.clear();
    for (auto& [name, value] : lines) request.fields.add(name, value);
  }
  Precondition is(Lines lines, Method method = Method::get) {
    ask(lines, method);
    return evaluate(request, held(), now);
  }
  Precondition in_cache(Lines lines) {
    ask(lines);
    return evaluate_for_cache(request, held(), now);
  }
  bool range_for(std::string_view condition, const Validators& v) {
    ask({{"If-Range", condition}});
    return range_applies(request.fields, v, now);
  }
};

TEST_F(Preconditions, HoldWhereThereAreNone) {
  EXPECT_EQ(is({}), Precondition::holds);
}

TEST_F(Preconditions, IfMatchWantsTheSameStrongTag) {
  EXPECT_EQ(is({{"If-Match", "\"a\""}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Match", "\"b\", \"a\""}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Match", "*"}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Match", "\"b\""}}), Precondition::failed);
  EXPECT_EQ(is({{"If-Match", "W/\"a\""}}), Precondition::failed);
  EXPECT_EQ(is({{"If-Match", ""}}), Precondition::failed);
}

TEST_F(Preconditions, IfMatchFailsWhereThereIsNoTag) {
  ask({{"If-Match", "\"a\""}});
  EXPECT_EQ(evaluate(request, held({}), now), Precondition::failed);
}

TEST_F(Preconditions, IfUnmodifiedSinceWantsNoLaterDate) {
  EXPECT_EQ(is({{"If-Unmodified-Since", changed}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Unmodified-Since", later}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Unmodified-Since", earlier}}), Precondition::failed);
  EXPECT_EQ(is({{"If-Unmodified-Since", "yesterday"}}), Precondition::holds);
  ask({{"If-Unmodified-Since", earlier}});
  EXPECT_EQ(evaluate(request, held({}), now), Precondition::holds);
}

TEST_F(Preconditions, IfMatchComesBeforeIfUnmodifiedSince) {
  EXPECT_EQ(is({{"If-Match", "\"a\""}, {"If-Unmodified-Since", earlier}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Match", "\"b\""}, {"If-Unmodified-Since", later}}), Precondition::failed);
}

TEST_F(Preconditions, IfNoneMatchComparesWeakly) {
  EXPECT_EQ(is({{"If-None-Match", "\"a\""}}), Precondition::not_modified);
  EXPECT_EQ(is({{"If-None-Match", "W/\"a\""}}), Precondition::not_modified);
  EXPECT_EQ(is({{"If-None-Match", "\"b\", \"c\""}}), Precondition::holds);
  EXPECT_EQ(is({{"If-None-Match", "*"}}), Precondition::not_modified);
  EXPECT_EQ(is({{"If-None-Match", "\"a\""}}, Method::head), Precondition::not_modified);
}

TEST_F(Preconditions, IfNoneMatchFailsForOtherMethods) {
  EXPECT_EQ(is({{"If-None-Match", "\"a\""}}, Method::put), Precondition::failed);
  EXPECT_EQ(is({{"If-None-Match", "*"}}, Method::put), Precondition::failed);
  EXPECT_EQ(is({{"If-None-Match", "\"b\""}}, Method::put), Precondition::holds);
}

TEST_F(Preconditions, IfModifiedSinceWantsALaterDate) {
  EXPECT_EQ(is({{"If-Modified-Since", changed}}), Precondition::not_modified);
  EXPECT_EQ(is({{"If-Modified-Since", later}}), Precondition::not_modified);
  EXPECT_EQ(is({{"If-Modified-Since", earlier}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT"}}), Precondition::not_modified);
}

TEST_F(Preconditions, IfModifiedSinceIsIgnoredWhereItCannotBeHeard) {
  EXPECT_EQ(is({{"If-Modified-Since", "0"}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Modified-Since", changed}, {"If-Modified-Since", changed}}), Precondition::holds);
  EXPECT_EQ(is({{"If-Modified-Since", changed}}, Method::post), Precondition::holds);
}

TEST_F(Preconditions, IfNoneMatchComesBeforeIfModifiedSince) {
  EXPECT_EQ(is({{"If-None-Match", "\"a\""}, {"If-Modified-Since", earlier}}), Precondition::not_modified);
  EXPECT_EQ(is({{"If-None-Match", "\"b\""}, {"If-Modified-Since", later}}), Precondition::holds);
  EXPECT_EQ(is({{"If-None-Match", ""}, {"If-Modified-Since", later}}), Precondition::holds);
}

TEST_F(Preconditions, BothKindsHaveToHold) {
  EXPECT_EQ(is({{"If-Match", "\"a\""}, {"If-None-Match", "\"a\""}}), Precondition::not_modified);
  EXPECT_EQ(is({{"If-Match", "\"b\""}, {"If-None-Match", "\"a\""}}), Precondition::failed);
}

TEST_F(Preconditions, IfModifiedSinceIsComparedWithDateWhereThereIsNoLastModified) {
  ask({{"If-Modified-Since", changed}});
  EXPECT_EQ(evaluate(request, held({{"Date", earlier}}), now), Precondition::not_modified);
  EXPECT_EQ(evaluate(request, held({{"Date", later}}), now), Precondition::holds);
  EXPECT_EQ(evaluate(request, held({}), now), Precondition::holds);
  ask({{"If-Modified-Since", much_later}});
  EXPECT_EQ(evaluate(request, held({}), now), Precondition::not_modified);
}

TEST_F(Preconditions, ThoseForTheOriginAreNotForACache) {
  EXPECT_EQ(in_cache({{"If-Match", "\"b\""}}), Precondition::holds);
  EXPECT_EQ(in_cache({{"If-Unmodified-Since", earlier}}), Precondition::holds);
  EXPECT_EQ(in_cache({{"If-None-Match", "\"a\""}}), Precondition::not_modified);
  EXPECT_TRUE(has_origin_condition((ask({{"If-Match", "*"}}), request.fields)));
  EXPECT_TRUE(has_origin_condition((ask({{"If-Unmodified-Since", later}}), request.fields)));
  EXPECT_FALSE(has_origin_condition((ask({{"If-None-Match", "*"}}), request.fields)));
}

TEST_F(Preconditions, TwoTagsInOneAnswerAreNone) {
  EXPECT_FALSE(held({{"ETag", "\"a\""}, {"ETag", "\"b\""}}).tag);
  EXPECT_FALSE(held({{"Last-Modified", changed}, {"Last-Modified", later}}).modified);
}

TEST_F(Preconditions, IfRangeWantsTheSameStrongTag) {
  EXPECT_TRUE(range_for("\"a\"", held()));
  EXPECT_FALSE(range_for("\"b\"", held()));
  EXPECT_FALSE(range_for("W/\"a\"", held()));
  EXPECT_FALSE(range_for("W/\"a\"", held({{"ETag", "W/\"a\""}})));
  EXPECT_FALSE(range_for("\"a\"", held({})));
  EXPECT_FALSE(range_for("*", held()));
  EXPECT_FALSE(range_for("", held()));
}

TEST_F(Preconditions, IfRangeWantsTheVeryDate) {
  EXPECT_TRUE(range_for(changed, held()));
  EXPECT_FALSE(range_for(later, held()));
  EXPECT_FALSE(range_for(earlier, held()));
  EXPECT_FALSE(range_for(changed, held({})));
}

TEST_F(Preconditions, IfRangeTakesADateOnlyWhereItIsStrong) {
  EXPECT_FALSE(range_for(changed, held({{"Last-Modified", changed}, {"Date", changed}})));
  EXPECT_TRUE(range_for(changed, held({{"Last-Modified", changed}, {"Date", later}})));
}

TEST_F(Preconditions, WithoutIfRangeARangeApplies) {
  ask({});
  EXPECT_TRUE(range_applies(request.fields, held({}), now));
}

}  // namespace
}  // namespace sluice::http
