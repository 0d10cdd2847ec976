// RFC 9111 §4.1: which stored response is for which request.
#include "filters/cache/vary.hpp"

#include "filters/cache/semantics.hpp"

namespace sluice::filters::cache {
namespace {

struct VaryTest : Semantics {
  Vary vary(Lines lines) {
    answer(200, lines);
    return read_vary(response.status, response.fields);
  }
  std::string variant(std::string_view names, Lines lines) {
    ask(lines);
    return variant_of(vary({{"Vary", names}}), request.fields);
  }
  bool same(std::string_view names, Lines a, Lines b, std::string_view language = {}) {
    auto one = variant(names, a);
    ask(b);
    bool found = same_variant(one, request.fields, {.content_language = language});
    EXPECT_EQ(same_variant(one, request.fields), variant(names, b) == one);  // both lead to one normal form
    return found;
  }
  bool same_value(std::string_view name, std::string_view a, std::string_view b) {
    return same(name, {{name, a}}, {{name, b}});
  }
};

TEST_F(VaryTest, IsReadFromAllLines) {
  auto v = vary({{"Vary", "Foo, bar ,,FOO"}, {"vary", "Baz"}});
  EXPECT_EQ(v.kind, Vary::Kind::fields);
  ASSERT_EQ(v.names().size(), 3U);
  EXPECT_EQ(v.names()[0], "Foo");
  EXPECT_EQ(v.names()[1], "bar");
  EXPECT_EQ(v.names()[2], "Baz");
}

TEST_F(VaryTest, IsNothingWhereItNamesNothing) {
  EXPECT_EQ(vary({}).kind, Vary::Kind::none);
  EXPECT_EQ(vary({{"Vary", ""}}).kind, Vary::Kind::none);
  EXPECT_EQ(vary({{"Vary", " , "}}).kind, Vary::Kind::none);
  EXPECT_TRUE(variant("", {{"Foo", "1"}}).empty());
  EXPECT_TRUE(same_variant("", request.fields));
}

TEST_F(VaryTest, OfAPartIsAlsoTheRangeThatWasAskedFor) {
  ask({{"Range", "bytes=-5"}, {"Foo", "1"}});
  answer(206, {{"Vary", "Foo"}});
  auto part = variant_of(read_vary(206, response.fields), request.fields);
  EXPECT_TRUE(same_variant(part, request.fields));
  ask({{"Range", "bytes=-4"}, {"Foo", "1"}});
  EXPECT_FALSE(same_variant(part, request.fields));
  ask({{"Foo", "1"}});
  EXPECT_FALSE(same_variant(part, request.fields));
  answer(206, {{"Vary", "*"}});
  EXPECT_EQ(read_vary(206, response.fields).kind, Vary::Kind::any);
}

TEST_F(VaryTest, OfAPartIsMetByWhatLiesInIt) {
  ask({{"Range", "bytes=-6"}});
  answer(206, {});
  auto part = variant_of(read_vary(206, response.fields), request.fields);
  Nature stored{.content_range = "bytes 4-9/10", .size = 6};
  auto met = [&](std::string_view range) {
    ask({{"Range", range}});
    return same_variant(part, request.fields, stored);
  };
  EXPECT_TRUE(met("bytes=6-8"));
  EXPECT_TRUE(met("bytes=-1"));
  EXPECT_FALSE(met("bytes=3-8"));
  EXPECT_FALSE(met("bytes=5-5,7-7"));
  stored.size = 5;
  EXPECT_TRUE(met("bytes=6-8"));
  EXPECT_TRUE(met("bytes=-6"));
  EXPECT_FALSE(met("bytes=-1"));
  stored.size = 0;
  EXPECT_FALSE(met("bytes=6-8"));
  stored.size = unknown_length;
  EXPECT_FALSE(met("bytes=6-8"));
  stored = {.content_range = "bytes 4-9/*", .size = 6};
  EXPECT_FALSE(met("bytes=6-8"));
  ask({{"Range", "bytes=-6"}, {"If-Range", "\"a\""}});
  EXPECT_FALSE(same_variant(part, request.fields, stored));
}

TEST_F(VaryTest, MatchesNothingWhereItIsAnAsterisk) {
  for (auto value : {"*", "*, *", "*, Foo", "Foo, *", ",*"})
    EXPECT_EQ(vary({{"Vary", value}}).kind, Vary::Kind::any);
}

TEST_F(VaryTest, MatchesNothingWhereANameIsNone) {
  for (auto value : {"a b", "\"Foo\"", "Foo:", "a;b", "**é"})
    EXPECT_EQ(vary({{"Vary", value}}).kind, Vary::Kind::any) << value;
}

TEST_F(VaryTest, MatchesNothingWhereThereAreTooManyNames) {
  std::string names;
  for (unsigned i = 0; i < Vary::max_names; ++i) names += "N" + std::to_string(i) + ",";
  EXPECT_EQ(vary({{"Vary", names}}).kind, Vary::Kind::fields);
  EXPECT_EQ(vary({{"Vary", names + "N0"}}).kind, Vary::Kind::fields);
  EXPECT_EQ(vary({{"Vary", names + "One"}}).kind, Vary::Kind::any);
}

TEST_F(VaryTest, WantsTheSameValues) {
  EXPECT_TRUE(same("Foo", {{"Foo", "1"}}, {{"foo", "1"}, {"Other", "2"}}));
  EXPECT_FALSE(same("Foo", {{"Foo", "1"}}, {{"Foo", "2"}}));
  EXPECT_FALSE(same("Foo", {{"Foo", "a"}}, {{"Foo", "A"}}));
  EXPECT_FALSE(same("Foo", {{"Foo", "1"}}, {{"Foo", "12"}}));
  EXPECT_FALSE(same("Foo", {{"Foo", "12"}}, {{"Foo", "1"}}));
}

TEST_F(VaryTest, WantsAllOfTheFields) {
  EXPECT_TRUE(same("Foo, Bar", {{"Foo", "1"}, {"Bar", "a"}}, {{"Bar", "a"}, {"Foo", "1"}}));
  EXPECT_FALSE(same("Foo, Bar", {{"Foo", "1"}, {"Bar", "a"}}, {{"Foo", "1"}, {"Bar", "b"}}));
  EXPECT_FALSE(same("Foo, Bar, Baz", {{"Foo", "1"}, {"Bar", "a"}, {"Baz", "x"}},
                    {{"Foo", "1"}, {"Baz", "x"}, {"Bar", "ab"}}));
}

TEST_F(VaryTest, TellsAFieldThatIsAbsentFromOneThatIsEmpty) {
  EXPECT_TRUE(same("Foo, Bar", {{"Foo", "1"}}, {{"Foo", "1"}}));
  EXPECT_FALSE(same("Foo", {{"Foo", "1"}}, {}));
  EXPECT_FALSE(same("Foo", {}, {{"Foo", "1"}}));
  EXPECT_FALSE(same("Foo", {}, {{"Foo", ""}}));
  EXPECT_FALSE(same("Accept-Encoding", {}, {{"Accept-Encoding", ""}}));
}

TEST_F(VaryTest, TakesLinesOfOneNameAsOneList) {
  EXPECT_TRUE(same("Foo", {{"Foo", "1, 2"}}, {{"Foo", "1"}, {"Foo", "2"}}));
  EXPECT_FALSE(same("Foo", {{"Foo", "1, 2"}}, {{"Foo", "2"}, {"Foo", "1"}}));
  EXPECT_FALSE(same("Foo", {{"Foo", "12"}}, {{"Foo", "1"}, {"Foo", "2"}}));
}

TEST_F(VaryTest, IgnoresWhiteSpaceAboutCommas) {
  EXPECT_TRUE(same_value("Foo", "1,2", "1, 2"));
  EXPECT_TRUE(same_value("Foo", "1,2", " 1  ,\t2 "));
  EXPECT_FALSE(same_value("Foo", "1 2", "12"));
  EXPECT_FALSE(same_value("Foo", "1 2", "1  2"));
}

TEST_F(VaryTest, IgnoresNothingInsideQuotes) {
  EXPECT_FALSE(same_value("Foo", "\"1,2\"", "\"1, 2\""));
  EXPECT_TRUE(same_value("Foo", "\"1, 2\",3", "\"1, 2\" , 3"));
  EXPECT_FALSE(same_value("Foo", "\"a\\\", b\"", "\"a\\\",b\""));
}

TEST_F(VaryTest, TakesAcceptEncodingAsASetOfCodings) {
  EXPECT_TRUE(same_value("Accept-Encoding", "gzip, deflate, br", "br,GZIP , deflate;q=0.5"));
  EXPECT_TRUE(same_value("Accept-Encoding", "gzip", "x-gzip, identity"));
  EXPECT_TRUE(same_value("Accept-Encoding", "gzip", "gzip, br;q=0"));
  EXPECT_TRUE(same_value("Accept-Encoding", "", "identity"));
  EXPECT_TRUE(same_value("Accept-Encoding", "gzip, *;q=0, identity", "gzip"));
}

TEST_F(VaryTest, TellsWhatIsAcceptableFromWhatIsNot) {
  EXPECT_FALSE(same_value("Accept-Encoding", "gzip, br", "gzip"));
  EXPECT_FALSE(same_value("Accept-Encoding", "gzip", "gzip;q=0"));
  EXPECT_FALSE(same_value("Accept-Encoding", "gzip", "gzip, identity;q=0"));
  EXPECT_FALSE(same_value("Accept-Encoding", "gzip", "gzip, *;q=0"));
  EXPECT_FALSE(same_value("Accept-Encoding", "gzip, *", "gzip"));
  EXPECT_FALSE(same_value("Accept-Encoding", "*, gzip;q=0", "*"));
  EXPECT_FALSE(same_value("Accept-Encoding", "gzip, dcb", "gzip"));
}

TEST_F(VaryTest, TakesWhatItCannotReadToTheLetter) {
  EXPECT_FALSE(same_value("Accept-Encoding", "gzip;q=2", "gzip"));
  EXPECT_FALSE(same_value("Accept-Encoding", "gzip;q=2", "gzip;q=3"));
  EXPECT_TRUE(same_value("Accept-Encoding", "gzip;q=2, br", "gzip;q=2,br"));
  EXPECT_FALSE(same_value("Accept-Language", "de;500", "de;q=0.5"));
  std::string many, reversed;
  for (int i = 0; i < 20; ++i) {
    many += "l" + std::to_string(i) + ",";
    reversed = "l" + std::to_string(i) + "," + reversed;
  }
  EXPECT_TRUE(same_value("Accept-Language", many, many));
  EXPECT_FALSE(same_value("Accept-Language", many, reversed));
}

TEST_F(VaryTest, TakesAcceptLanguageInAnyCaseAndInTheOrderOfItsWeights) {
  EXPECT_TRUE(same_value("Accept-Language", "en, de", "de, en"));
  EXPECT_TRUE(same_value("Accept-Language", "en, de", "eN, De"));
  EXPECT_TRUE(same_value("Accept-Language", "en, de", " en ,   de"));
  EXPECT_TRUE(same_value("Accept-Language", "en-US;q=0.5, de", "de;q=1.0, en-us;q=0.50"));
  EXPECT_FALSE(same_value("Accept-Language", "en, de", "en, de;q=0.5"));
  EXPECT_FALSE(same_value("Accept-Language", "en, de", "en"));
  EXPECT_FALSE(same_value("Accept-Language", "de;q=0.5", "de;q=0.6"));
  EXPECT_FALSE(same_value("Accept-Language", "de;q=0.1, 0a;q=0.05", "de, a;q=0.05"));
}

TEST_F(VaryTest, TakesTheLanguageThatTheRequestLikesBest) {
  EXPECT_TRUE(same("Accept-Language", {{"Accept-Language", "en, de"}},
                   {{"Accept-Language", "fr;q=0.5, de;q=1.0"}}, "de"));
  EXPECT_TRUE(same("Accept-Language", {{"Accept-Language", "en, de"}}, {{"Accept-Language", "DE"}}, "de"));
}

TEST_F(VaryTest, TakesNoLanguageThatOnlyMightBeLikedBest) {
  for (auto value : {"fr, de", "fr;q=0.9, de;q=0.8", "fr", "de;q=0, fr;q=0.1", "de;q=0", "*", "de;q=x"})
    EXPECT_FALSE(same("Accept-Language", {{"Accept-Language", "en, de"}}, {{"Accept-Language", value}}, "de"))
        << value;
  EXPECT_FALSE(same("Accept-Language", {{"Accept-Language", "en, de"}}, {}, "de"));
  EXPECT_FALSE(same("Accept-Language", {}, {{"Accept-Language", "de"}}, "de"));
  EXPECT_FALSE(same("Accept-Language", {{"Accept-Language", "en"}}, {{"Accept-Language", "de"}}, "de, en"));
  EXPECT_FALSE(same("Accept-Language, Foo", {{"Accept-Language", "en"}, {"Foo", "1"}},
                    {{"Accept-Language", "de"}, {"Foo", "2"}}, "de"));
}

TEST_F(VaryTest, IsKeptByAnAnswerThatSaysTheSameOrNothing) {
  auto same_lines = [this](std::string_view a, std::string_view b) {
    ask({{"Vary", a}});
    answer(200, {{"Vary", b}});
    return keeps_vary(request.fields, response.fields);
  };
  answer(200, {{"Vary", "Foo"}});
  EXPECT_TRUE(keeps_vary(request.fields, response.fields));
  EXPECT_TRUE(same_lines("Foo, Bar", "bar,foo,FOO"));
  EXPECT_TRUE(same_lines("", ""));
  EXPECT_FALSE(same_lines("Foo", ""));
  EXPECT_FALSE(same_lines("Foo", "Bar"));
  EXPECT_FALSE(same_lines("Foo", "Foo, Bar"));
  EXPECT_FALSE(same_lines("Foo", "*"));
}

}  // namespace
}  // namespace sluice::filters::cache
