// RFC 9111 §4.2.3, §5.1: how old a response is.
#include "filters/cache/freshness.hpp"
#include "filters/cache/semantics.hpp"

namespace sluice::filters::cache {
namespace {

struct Age : Semantics {
  Duration initial(Lines lines) {
    answer(200, lines);
    return freshness().initial_age;
  }
  Seconds field(Lines lines) {
    answer(200, lines);
    return age_field(response.fields);
  }
};

TEST_F(Age, IsNothingForWhatWasMadeJustNow) {
  EXPECT_EQ(initial({}), 0s);
  EXPECT_EQ(initial({{"Date", date(0s)}}), 0s);
}

TEST_F(Age, CountsFromDate) {
  EXPECT_EQ(initial({{"Date", date(-30s)}}), 30s);
  times = {now + 900ms, now + 900ms};
  EXPECT_EQ(initial({{"Date", date(0s)}}), 0s);
}

TEST_F(Age, IsNotNegativeWhereTheOriginsClockIsFast) {
  EXPECT_EQ(initial({{"Date", date(30s)}}), 0s);
}

TEST_F(Age, CountsFromReceiptWhereDateCannotBeRead) {
  EXPECT_EQ(initial({{"Date", "foo"}}), 0s);
  EXPECT_EQ(initial({{"Date", "foo"}, {"Age", "7"}}), 7s);
}

TEST_F(Age, IsTheLargerOfBoth) {
  EXPECT_EQ(initial({{"Date", date(-30s)}, {"Age", "25"}}), 30s);
  EXPECT_EQ(initial({{"Date", date(-10s)}, {"Age", "25"}}), 25s);
}

TEST_F(Age, AddsTheTimeThatTheAnswerTook) {
  times.requested = now - 5s;
  EXPECT_EQ(initial({{"Date", date(0s)}}), 5s);
  EXPECT_EQ(initial({{"Date", date(0s)}, {"Age", "10"}}), 15s);
}

TEST_F(Age, IsNotNegativeWhereTheClockWasSetBack) {
  times.requested = now + 5s;
  EXPECT_EQ(initial({{"Age", "1"}}), 1s);
}

TEST_F(Age, GrowsWhileTheResponseIsStored) {
  answer(200, {{"Cache-Control", "max-age=60"}, {"Age", "30"}});
  auto f = freshness();
  EXPECT_EQ(f.age(3s), 33s);
  EXPECT_TRUE(f.fresh(f.age(29s)));
  EXPECT_FALSE(f.fresh(f.age(30s)));
  EXPECT_EQ(f.left(f.age(40s)), -10s);
}

TEST_F(Age, MakesAResponseStaleFromTheStart) {
  answer(200, {{"Expires", date(10s)}, {"Date", date(-10s)}, {"Age", "25"}});
  EXPECT_FALSE(freshness().fresh(freshness().initial_age));
  answer(200, {{"Expires", date(20s)}, {"Date", date(10s)}, {"Age", "15"}});
  EXPECT_FALSE(freshness().fresh(freshness().initial_age));
}

TEST_F(Age, FieldIsANumberOfSeconds) {
  EXPECT_EQ(field({}), 0s);
  EXPECT_EQ(field({{"Age", "7200"}}), 7200s);
  EXPECT_EQ(field({{"Age", "007"}}), 7s);
}

TEST_F(Age, FieldIsIgnoredWhereItIsNone) {
  for (auto value : {"", "abc", "-7200", "7200.0", "7200;foo=bar", "7200;foo=111", "+1", "1 2", "\"7\""})
    EXPECT_EQ(field({{"Age", value}}), 0s) << value;
}

TEST_F(Age, FieldIsForeverFromTwoToThe31) {
  EXPECT_EQ(field({{"Age", "2147483647"}}), 2147483647s);
  for (auto value : {"2147483648", "2147483649", "99999999999999999999999999"})
    EXPECT_EQ(field({{"Age", value}}), http::CacheControl::forever) << value;
}

TEST_F(Age, FieldsFirstMemberCounts) {
  EXPECT_EQ(field({{"Age", "7200, 0"}}), 7200s);
  EXPECT_EQ(field({{"Age", "0, 7200"}}), 0s);
  EXPECT_EQ(field({{"Age", "0, 0"}}), 0s);
}

TEST_F(Age, FieldsFirstLineCounts) {
  EXPECT_EQ(field({{"Age", "7200"}, {"Age", "0"}}), 7200s);
  EXPECT_EQ(field({{"Age", "0"}, {"Age", "7200"}}), 0s);
}

}  // namespace
}  // namespace sluice::filters::cache
