#include "telemetry/request_id.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <unordered_set>

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

constexpr WallPoint moment{1'700'000'000'123ms};
constexpr std::array<std::uint64_t, 4> seed{1, 2, 3, 4};

std::string next(RequestIds& ids, WallPoint now = moment) {
  std::string id(RequestIds::size, '?');
  ids.write(now, id.data());
  return id;
}

TEST(RequestIds, LookLikeAnUuidOfVersion7) {
  RequestIds ids;
  std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 1000; ++i) {
    auto id = next(ids, moment + i * 777us);
    EXPECT_TRUE(std::regex_match(id, form)) << id;
  }
}

TEST(RequestIds, BeginWithTheMilliseconds) {
  RequestIds ids(seed);
  auto id = next(ids);
  EXPECT_EQ(std::stoull(id.substr(0, 8) + id.substr(9, 4), nullptr, 16), 1'700'000'000'123u);
}

TEST(RequestIds, CarryTheFractionOfAMillisecond) {
  RequestIds ids(seed);
  EXPECT_EQ(next(ids, moment + 500us).substr(14, 4), "7800");
}

TEST(RequestIds, ReproduceFromTheirSeed) {
  RequestIds one(seed);
  RequestIds two(seed);
  EXPECT_EQ(next(one), next(two));
  // 41943041 and 58720359 are what xoshiro256++ gives first for this seed, by its authors' code.
  EXPECT_EQ(next(two).substr(19), "8000-000000e00019");
}

TEST(RequestIds, GrowWhateverTheClockDoes) {
  RequestIds ids;
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    auto id = next(ids, moment + (i % 3 == 0 ? 0ms : i % 3 == 1 ? 5ms : -1000ms));
    EXPECT_LT(last, id);
    last = id;
  }
}

TEST(RequestIds, BeforeTheEpochAreStillIds) {
  RequestIds ids(seed);
  EXPECT_EQ(next(ids, WallPoint{-5s}).substr(0, 14), "00000000-0000-");
}

TEST(RequestIds, AreUniqueAndOrderedAmongAMillion) {
  constexpr std::size_t many = 1'000'000;
  RequestIds ids;
  std::unordered_set<std::string> seen;
  seen.reserve(many);
  std::string last;
  for (std::size_t i = 0; i < many; ++i) {
    auto id = next(ids, moment + std::chrono::nanoseconds(i * 10));
    ASSERT_LT(last, id);
    seen.insert(id);
    last = std::move(id);
  }
  EXPECT_EQ(seen.size(), many);
}

TEST(RequestIds, DifferBetweenWorkersAtTheSameMoment) {
  RequestIds one;
  RequestIds two;
  EXPECT_NE(next(one).substr(19), next(two).substr(19));
}

TEST(AcceptableRequestId, BelievesVisibleAsciiUpTo128) {
  EXPECT_TRUE(acceptable_request_id("0191c2b4-7f3a-7c1e-9a4d-0f2b6c8d1e57"));
  EXPECT_TRUE(acceptable_request_id("a/b:c=d;e+f~"));
  EXPECT_TRUE(acceptable_request_id(std::string(128, 'x')));
}

TEST(AcceptableRequestId, RefusesTheRest) {
  EXPECT_FALSE(acceptable_request_id(""));
  EXPECT_FALSE(acceptable_request_id(std::string(129, 'x')));
  for (std::string_view id : {"a b", "a\tb", "a\"b", "a'b", "a\\b", "a\x7f", "a\nb", "\xC3\xA4"})
    EXPECT_FALSE(acceptable_request_id(id)) << id;
  EXPECT_FALSE(acceptable_request_id(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace sluice::telemetry
