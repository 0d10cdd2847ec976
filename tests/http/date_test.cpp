#include "http/date.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::http {
namespace {

using namespace std::chrono;

const WallPoint example = sys_days(year(1994) / 11 / 6) + 8h + 49min + 37s;
const WallPoint today = sys_days(year(2025) / 7 / 1);

std::string text_of(WallPoint at) {
  DateText text;
  write_date(at, text);
  return {text.data(), text.size()};
}

TEST(Date, WritesImfFixdate) {
  EXPECT_EQ(text_of(example), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(text_of(WallPoint{}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(text_of(sys_days(year(2024) / 2 / 29) + 23h + 59min + 59s + 999ms),
            "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST(Date, ReadsAllThreeForms) {
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT", today), example);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", today), example);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994", today), example);
  EXPECT_EQ(parse_date("Wed Nov 16 08:49:37 1994", today), example + days(10));
}

TEST(Date, ReadsAnyCaseOfLetters) {
  EXPECT_EQ(parse_date("SUN, 06 Nov 1994 08:49:37 GMT", today), example);
  EXPECT_EQ(parse_date("Sun, 06 NOV 1994 08:49:37 GMT", today), example);
  EXPECT_EQ(parse_date("sun, 06 nov 1994 08:49:37 gMT", today), example);
  EXPECT_EQ(parse_date("SUNDAY, 06-nov-94 08:49:37 gmt", today), example);
  EXPECT_EQ(parse_date("sun nov  6 08:49:37 1994", today), example);
}

TEST(Date, PutsTwoDigitYearsWithinFiftyYears) {
  EXPECT_EQ(parse_date("Sunday, 06-Nov-75 08:49:37 GMT", today),
            WallPoint(sys_days(year(2075) / 11 / 6) + 8h + 49min + 37s));
  EXPECT_EQ(parse_date("Sunday, 06-Nov-76 08:49:37 GMT", today),
            WallPoint(sys_days(year(1976) / 11 / 6) + 8h + 49min + 37s));
}

TEST(Date, ReadsWhatItWrites) {
  for (int day = 0; day < 20000; day += 13) {
    auto at = WallPoint(sys_days(days(day)) + seconds(day * 4 % 86400));
    EXPECT_EQ(parse_date(text_of(at), today), at) << text_of(at);
  }
}

TEST(Date, ReadsFarDatesAsTheEndsOfTime) {
  EXPECT_EQ(parse_date("Sun, 21 Nov 2286 04:46:39 GMT", today), floor<seconds>(WallPoint::max()));
  EXPECT_EQ(parse_date("Fri, 31 Dec 9999 23:59:59 GMT", today), floor<seconds>(WallPoint::max()));
  EXPECT_EQ(parse_date("Sat, 01 Jan 0001 00:00:00 GMT", today), ceil<seconds>(WallPoint::min()));
}

TEST(Date, RefusesWhatIsNoDate) {
  for (auto text :
       {"", "0", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 19x4 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:3", "Sunday, 06-Nov-1994 08:49:37 GMT"})
    EXPECT_FALSE(parse_date(text, today)) << text;
}

TEST(DateCache, WritesOnceASecond) {
  DateCache cache;
  EXPECT_EQ(cache.at(example), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.at(example + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache.at(example + 1s), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(cache.at(example - 1s), "Sun, 06 Nov 1994 08:49:36 GMT");  // the clock was set back
}

}  // namespace
}  // namespace sluice::http
