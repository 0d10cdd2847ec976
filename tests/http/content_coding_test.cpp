#include "http/content_coding.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

constexpr std::array offered{Coding::zstd, Coding::br, Coding::gzip};

struct ContentCoding : ::testing::Test {
  Arena arena;
  Fields request{arena};

  AcceptedCodings accepted(std::initializer_list<std::string_view> lines) {
    request.clear();
    for (auto line : lines) request.add("Accept-Encoding", line);
    return accepted_codings(request);
  }
  std::string chosen(std::initializer_list<std::string_view> lines) {
    auto coding = choose(accepted(lines), offered);
    return coding ? std::string(name_of(*coding)) : "none";
  }
};

TEST_F(ContentCoding, GivesNothingEncodedToAClientThatDidNotAsk) {
  EXPECT_EQ(chosen({}), "identity");
  EXPECT_FALSE(accepted({}).asked());
  EXPECT_EQ(accepted({}).weight(Coding::br), AcceptedCodings::full);
}

TEST_F(ContentCoding, GivesNothingEncodedWhereTheFieldIsEmpty) {
  EXPECT_EQ(chosen({""}), "identity");
  EXPECT_EQ(chosen({" , ,"}), "identity");
  EXPECT_TRUE(accepted({""}).asked());
}

TEST_F(ContentCoding, NeverGivesWhatIsNotAcceptable) {
  EXPECT_EQ(chosen({"deflate"}), "identity");
  EXPECT_EQ(chosen({"gzip;q=0"}), "identity");
  EXPECT_EQ(chosen({"gzip;q=0.000, br;q=0"}), "identity");
  EXPECT_EQ(chosen({"*;q=0, gzip"}), "gzip");
  EXPECT_EQ(chosen({"identity;q=0"}), "none");
  EXPECT_EQ(chosen({"*;q=0"}), "none");
  EXPECT_EQ(chosen({"identity;q=0, deflate"}), "none");
}

TEST_F(ContentCoding, TakesTheHighestWeight) {
  EXPECT_EQ(chosen({"gzip;q=1.0, br;q=0.9, zstd;q=0.899"}), "gzip");
  EXPECT_EQ(chosen({"gzip;q=0.5, identity;q=0.8"}), "identity");
  EXPECT_EQ(chosen({"gzip;q=0.5, identity;q=0.5"}), "gzip");
}

TEST_F(ContentCoding, TakesTheBestLikedOfferAmongEquals) {
  EXPECT_EQ(chosen({"gzip, deflate, br, zstd"}), "zstd");
  EXPECT_EQ(chosen({"gzip, deflate, br"}), "br");
  EXPECT_EQ(chosen({"gzip;q=0.001"}), "gzip");
}

TEST_F(ContentCoding, TakesAnythingForAnAsterisk) {
  EXPECT_EQ(chosen({"*"}), "zstd");
  EXPECT_EQ(chosen({"zstd;q=0, *"}), "br");
  EXPECT_EQ(chosen({"gzip, *;q=0.5"}), "gzip");
  EXPECT_EQ(chosen({"*, identity;q=0.5"}), "zstd");
}

TEST_F(ContentCoding, ReadsAllLinesInAnyCaseWithAnyWhiteSpace) {
  EXPECT_EQ(chosen({"deflate", "GZip"}), "gzip");
  EXPECT_EQ(chosen({"\t gzip ; Q=0.5 ,br ;q=0.4"}), "gzip");
  EXPECT_EQ(chosen({"x-gzip"}), "gzip");
}

TEST_F(ContentCoding, SkipsMalformedMembers) {
  for (auto bad : {"gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=", "gzip;q=.5", "gzip;q=-1",
                   "gzip;q=a", "gzip;level=9", "gzip;", "g zip", "gzip;q =1", "gzip;q=0.5;q=1", "\"gzip\""})
    EXPECT_EQ(chosen({bad}), "identity") << bad;
  EXPECT_EQ(chosen({"br;q=x, gzip"}), "gzip");
}

TEST_F(ContentCoding, LetsTheFirstOfTwoCount) {
  EXPECT_EQ(chosen({"gzip;q=0, gzip"}), "identity");
  EXPECT_EQ(chosen({"gzip", "gzip;q=0"}), "gzip");
}

TEST_F(ContentCoding, KnowsWhatIsEncoded) {
  Fields response(arena);
  EXPECT_FALSE(is_encoded(response));
  response.add("Content-Encoding", "identity");
  EXPECT_FALSE(is_encoded(response));
  response.add("Content-Encoding", ", unknown");
  EXPECT_TRUE(is_encoded(response));
}

TEST(Coding, HasANameThatIsReadBack) {
  for (std::size_t i = 0; i < codings; ++i)
    EXPECT_EQ(coding_of(name_of(static_cast<Coding>(i))), static_cast<Coding>(i));
  EXPECT_EQ(coding_of("X-COMPRESS"), Coding::compress);
  EXPECT_FALSE(coding_of("dcb"));
  EXPECT_FALSE(coding_of(""));
}

}  // namespace
}  // namespace sluice::http
