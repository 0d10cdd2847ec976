#include "http/byte_range.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using What = RangeSet::What;

// "0-1 5-9", "unsatisfiable" or "whole".
std::string read(std::string_view range, std::uint64_t length = 10) {
  auto set = read_ranges(range, length);
  if (set.what == What::whole) return "whole";
  if (set.what == What::unsatisfiable) return "unsatisfiable";
  std::string text;
  for (auto& part : set.parts())
    text += (text.empty() ? "" : " ") + std::to_string(part.first) + "-" + std::to_string(part.last);
  return text;
}

TEST(ByteRange, IsReadInEachForm) {
  EXPECT_EQ(read("bytes=0-1"), "0-1");
  EXPECT_EQ(read("bytes=0-0"), "0-0");
  EXPECT_EQ(read("bytes=1-"), "1-9");
  EXPECT_EQ(read("bytes=-1"), "9-9");
  EXPECT_EQ(read("bytes=0-1, 4-4 ,\t-2"), "0-1 4-4 8-9");
  EXPECT_EQ(read("Bytes=0-1"), "0-1");
  EXPECT_EQ(read("bytes=,0-1,,"), "0-1");
}

TEST(ByteRange, IsClippedToTheLength) {
  EXPECT_EQ(read("bytes=5-100"), "5-9");
  EXPECT_EQ(read("bytes=-100"), "0-9");
  EXPECT_EQ(read("bytes=9-18446744073709551616"), "9-9");
  EXPECT_EQ(read("bytes=-99999999999999999999999"), "0-9");
  EXPECT_EQ(read("bytes=0-99999999999999999999999", ~0ULL), "0-18446744073709551614");
}

TEST(ByteRange, IsUnsatisfiableOnlyWhereEveryMemberIs) {
  EXPECT_EQ(read("bytes=10-"), "unsatisfiable");
  EXPECT_EQ(read("bytes=10-20, -0"), "unsatisfiable");
  EXPECT_EQ(read("bytes=-0"), "unsatisfiable");
  EXPECT_EQ(read("bytes=99999999999999999999999-"), "unsatisfiable");
  EXPECT_EQ(read("bytes=10-20, 0-0"), "0-0");
}

TEST(ByteRange, OfNothingIsUnsatisfiable) {
  EXPECT_EQ(read("bytes=0-", 0), "unsatisfiable");
  EXPECT_EQ(read("bytes=0-5", 0), "unsatisfiable");
  EXPECT_EQ(read("bytes=-5", 0), "unsatisfiable");
}

TEST(ByteRange, IsIgnoredWhereItIsMalformed) {
  for (auto bad : {"", "bytes", "bytes=", "bytes=,", "bytes=x", "bytes=-", "bytes=1", "bytes=2-1",
                   "bytes=a-b", "bytes=0-1x", "bytes=0-1;2-3", "bytes=--1", "bytes=+1-2", "bytes =0-1",
                   "bytes=0 - 1", "bytes=0-1, x", "bytes=0x0-1", "bytes=1-2-3"})
    EXPECT_EQ(read(bad), "whole") << bad;
}

TEST(ByteRange, IsIgnoredInAnotherUnit) {
  EXPECT_EQ(read("lines=0-1"), "whole");
  EXPECT_EQ(read("=0-1"), "whole");
}

TEST(ByteRange, IsIgnoredWhereThereAreTooMany) {
  std::string range = "bytes=0-0";
  for (unsigned i = 1; i < RangeSet::max_parts; ++i)
    range += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  EXPECT_EQ(read_ranges(range, 1000).parts().size(), RangeSet::max_parts);
  EXPECT_EQ(read(range + ",500-500", 1000), "whole");
  EXPECT_EQ(read(range + ",5000-", 1000), "whole");
}

TEST(ByteRange, JoinsWhatOverlapsOrTouches) {
  EXPECT_EQ(read("bytes=0-,0-,0-"), "0-9");
  EXPECT_EQ(read("bytes=0-3,2-5"), "0-5");
  EXPECT_EQ(read("bytes=0-3,4-5"), "0-5");
  EXPECT_EQ(read("bytes=0-3,5-6"), "0-3 5-6");
  EXPECT_EQ(read("bytes=0-1,8-9,4-5,2-7"), "0-9");
  EXPECT_EQ(read("bytes=8-9,0-1,4-5,1-4"), "8-9 0-5");
}

TEST(ByteRange, KeepsTheOrderThatWasAskedFor) {
  EXPECT_EQ(read("bytes=7-8,0-1,4-5"), "7-8 0-1 4-5");
}

TEST(ByteRange, IsReadFromOneLineOnly) {
  Arena arena;
  Fields request(arena);
  EXPECT_EQ(ranges_of(request, 10).what, What::whole);
  request.add("Range", "bytes=0-1");
  EXPECT_EQ(ranges_of(request, 10).what, What::parts);
  request.add("Range", "bytes=2-3");
  EXPECT_EQ(ranges_of(request, 10).what, What::whole);
}

TEST(ContentRange, SaysWhereAPartLies) {
  auto part = read_content_range("bytes 4-9/10");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->part, (ByteRange{4, 9}));
  EXPECT_EQ(part->length, 10U);
  EXPECT_EQ(read_content_range("Bytes 0-0/*")->length, unknown_length);
}

TEST(ContentRange, IsNothingElse) {
  for (auto bad :
       {"", "bytes", "bytes ", "bytes */10", "bytes 4-9", "bytes 9-4/10", "bytes 4-10/10", "bytes 4/10",
        "lines 4-9/10", "bytes 4-9/x", "bytes -9/10", "bytes 4-/10", "bytes=4-9/10", "bytes  4-9/10"})
    EXPECT_FALSE(read_content_range(bad)) << bad;
}

TEST(ContentRange, HoldsWhatLiesInIt) {
  Arena arena;
  Fields request(arena);
  auto within = [&](std::string_view range, std::uint64_t length = 10) {
    request.set("Range", range);
    return range_within(request, {4, 8}, length);
  };
  EXPECT_EQ(within("bytes=6-8"), (ByteRange{6, 8}));
  EXPECT_EQ(within("bytes=4-8"), (ByteRange{4, 8}));
  EXPECT_EQ(within("bytes=4-", 9), (ByteRange{4, 8}));
  EXPECT_EQ(within("bytes=-1", 9), (ByteRange{8, 8}));
  for (auto other :
       {"bytes=3-8", "bytes=4-9", "bytes=6-", "bytes=-1", "bytes=4-4,6-6", "bytes=10-", "lines=4-8", ""})
    EXPECT_FALSE(within(other)) << other;
  EXPECT_FALSE(within("bytes=6-8", unknown_length));
}

TEST(ByteRange, IsWritten) {
  Arena arena;
  EXPECT_EQ(content_range({0, 1}, 11, arena), "bytes 0-1/11");
  EXPECT_EQ(content_range({0, ~0ULL - 1}, ~0ULL, arena), "bytes 0-18446744073709551614/18446744073709551615");
  EXPECT_EQ(unsatisfied_range(11, arena), "bytes */11");
  EXPECT_EQ((ByteRange{2, 5}.size()), 4U);
}

}  // namespace
}  // namespace sluice::http
