#include "net/redis/notice_log.hpp"

#include <gtest/gtest.h>

#include "net/redis/shared_fixture.hpp"

namespace sluice::net {
namespace {

struct Log : SharedFixture {
  NoticePage read(const NoticePlace& from = {}) {
    auto page = wait(log.read(client(), from));
    if (!page) throw std::runtime_error(page.error().cause);
    return *page;
  }
  NoticePlace write(const std::string& text) {
    auto place = wait(log.write(client(), text));
    if (!place) throw std::runtime_error(place.error().cause);
    return *place;
  }
  static std::vector<std::string> texts(const NoticePage& page) {
    std::vector<std::string> all;
    for (auto& n : page.notices) all.push_back(n.text);
    return all;
  }

  RedisNoticeLog log{"t:notices", 4};
};
using Texts = std::vector<std::string>;

TEST(RedisNoticeLog, IsReadFromWhereOneWas) {
  Log l;
  auto before = l.read().place;
  EXPECT_FALSE(before.log.empty());
  auto first = l.write(std::string("a\0\n", 3)), second = l.write("b");
  EXPECT_LT(before.at, first.at);
  EXPECT_LT(first.at, second.at);
  auto page = l.read(before);
  EXPECT_EQ(Log::texts(page), (Texts{std::string("a\0\n", 3), "b"}));
  EXPECT_TRUE(page.complete);
  EXPECT_EQ(page.place, second);
  EXPECT_EQ(page.notices.front().at, first.at);
  EXPECT_EQ(Log::texts(l.read(first)), Texts{"b"});
  EXPECT_TRUE(l.read(second).notices.empty());
  EXPECT_EQ(l.read(second).place, second);
}

TEST(RedisNoticeLog, ANoticeIsThereOnceAtItsLatestPlace) {
  Log l;
  l.write("a");
  auto second = l.write("b");
  auto again = l.write("a");
  auto page = l.read();
  EXPECT_EQ(Log::texts(page), (Texts{"b", "a"}));
  EXPECT_EQ(page.place, again);
  EXPECT_EQ(Log::texts(l.read(second)), Texts{"a"});
}

TEST(RedisNoticeLog, TheHorizonRisesWithWhatIsThrownAway) {
  Log l;
  auto at_first = l.read().horizon;
  std::vector<NoticePlace> places;
  for (auto* text : {"a", "b", "c", "d"}) places.push_back(l.write(text));
  EXPECT_EQ(l.read().horizon, at_first);
  l.write("e");
  l.write("f");
  auto page = l.read(places[0]);
  EXPECT_EQ(page.horizon, places[1].at) << "b was the last to go";
  EXPECT_EQ(Log::texts(page), (Texts{"c", "d", "e", "f"}));
  EXPECT_EQ(page.place.log, places[0].log);
}

TEST(RedisNoticeLog, WhatIsOlderThanAWeekGoesToo) {
  Log l;
  l.read();
  auto old = std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(
                                (wall_now() - std::chrono::hours(8 * 24)).time_since_epoch())
                                .count());
  auto name = l.read().place.log;
  l.redis.command({"DEL", "t:notices"});
  l.redis.command({"ZADD", "t:notices", "5", "#" + name, old, "=old"});
  EXPECT_EQ(Log::texts(l.read()), Texts{"old"});
  l.write("new");
  auto page = l.read();
  EXPECT_EQ(Log::texts(page), Texts{"new"});
  EXPECT_EQ(std::to_string(page.horizon), old);
}

TEST(RedisNoticeLog, AnotherLogIsReadFromItsBeginning) {
  Log l;
  auto place = l.write("a");
  l.redis.command({"FLUSHALL"});
  l.write("b");
  auto page = l.read(place);
  EXPECT_NE(page.place.log, place.log);
  EXPECT_EQ(Log::texts(page), Texts{"b"});
}

TEST(RedisNoticeLog, AClockThatGoesBackMakesNoPlaceTwice) {
  Log l;
  l.read();
  std::string future = "8000000000000000";  // the year 2223
  l.redis.command({"ZADD", "t:notices", future, "=far"});
  EXPECT_EQ(l.write("a").at, 8000000000000001u);
  EXPECT_EQ(l.write("b").at, 8000000000000002u);
}

TEST(RedisNoticeLog, RoundPlacesAreReadExactly) {
  Log l;
  l.read();
  l.redis.command({"ZADD", "t:notices", "7000000000000000", "=round"});
  EXPECT_EQ(l.read().notices.front().at, 7000000000000000u);
}

TEST(RedisNoticeLog, ALongOneComesInPages) {
  Log l;
  RedisNoticeLog longer("t:notices");
  l.read();
  std::size_t count = 2 * RedisNoticeLog::most_on_a_page + 100;
  for (std::size_t i = 0; i < count; ++i)
    l.redis.command({"ZADD", "t:notices", std::to_string(8000000000000000 + i), "=" + std::to_string(i)});
  NoticePlace place;
  std::size_t read = 0, pages = 0;
  for (bool complete = false; !complete; ++pages) {
    auto page = l.read(place);
    for (auto& n : page.notices) EXPECT_EQ(n.text, std::to_string(read++));
    place = page.place;
    complete = page.complete;
  }
  EXPECT_EQ(read, count);
  EXPECT_EQ(pages, 3u);
}

TEST(RedisNoticeLog, AKeyThatIsSomethingElseIsAnError) {
  Log l;
  l.redis.command({"SET", "t:notices", "x"});
  auto page = l.wait(l.log.read(l.client(), NoticePlace()));
  ASSERT_FALSE(page);
  EXPECT_STREQ(page.error().cause, "redis_error");
}

}  // namespace
}  // namespace sluice::net
