#include "filters/jwt/bearer.hpp"

#include <gmock/gmock.h>

using namespace sluice;
using namespace sluice::filters::jwt;
using ::testing::ElementsAre;

namespace {

const Place authorization{.field = BearerField::authorization}, cookie{.cookie = "session"},
    query{.query = "token"};

struct BearerTest : ::testing::Test {
  Arena arena;
  Request request{arena};

  std::string found(std::vector<Place> places = {authorization}) {
    auto f = find_token(request, places);
    if (!f.fault && !is_one_token(f.token)) f.fault = Fault::ambiguous;
    return f.fault ? row_of(*f.fault).reason : std::string(f.token);
  }
  std::string authorized(std::string_view value) {
    request.fields.clear();
    request.fields.add("Authorization", value);
    return found();
  }
};

}  // namespace

TEST_F(BearerTest, StandsInAuthorizationByDefault) {
  EXPECT_EQ(found(Settings().from), "token_missing");
  request.fields.add("Authorization", "Bearer a.b.c");
  EXPECT_EQ(found(Settings().from), "a.b.c");
}

TEST_F(BearerTest, TheSchemeIsInAnyCase) {
  for (auto value : {"Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer   a.b.c"})
    EXPECT_EQ(authorized(value), "a.b.c") << value;
}

TEST_F(BearerTest, AnotherSchemeIsNotOurs) {
  for (auto value :
       {"Basic YTpi", "Bearera.b.c", "Bear a.b.c", "Token a.b.c", "Bearer\ta.b.c", "\"Bearer a.b.c\""})
    EXPECT_EQ(authorized(value), "token_missing") << value;
}

TEST_F(BearerTest, SomethingThatIsNotOneTokenIsRefused) {
  for (auto value :
       {"Bearer", "Bearer ", "Bearer a.b.c d.e.f", "Bearer a.b.c, Bearer d.e.f", "Bearer a.b.c,d.e.f"})
    EXPECT_EQ(authorized(value), "token_ambiguous") << value;
}

TEST_F(BearerTest, TwoFieldsAreOneTooMany) {
  request.fields.add("Authorization", "Bearer a.b.c");
  request.fields.add("authorization", "Basic YTpi");
  EXPECT_EQ(found(), "token_ambiguous");
}

TEST_F(BearerTest, StandsInACookie) {
  request.fields.add("Cookie", "a=1; session=a.b.c; b=2");
  EXPECT_EQ(found({cookie}), "a.b.c");
  EXPECT_EQ(found(), "token_missing");
  take_tokens(request, std::vector{cookie});
  EXPECT_EQ(request.fields.get(FieldId::cookie), "a=1; b=2");
  EXPECT_EQ(found({cookie}), "token_missing");
}

TEST_F(BearerTest, ACookieTwiceIsRefused) {
  request.fields.add("Cookie", "session=a.b.c; session=d.e.f");
  EXPECT_EQ(found({cookie}), "token_ambiguous");
}

TEST_F(BearerTest, ACookieThatIsEmptyIsNone) {
  request.fields.add("Cookie", "session=");
  EXPECT_EQ(found({cookie}), "token_missing");
}

TEST_F(BearerTest, StandsInTheQuery) {
  request.query = "a=1&tok%65n=a%2Eb.c&b=%20";
  request.has_query = true;
  EXPECT_EQ(found({query}), "a.b.c");
  take_tokens(request, std::vector{query});
  EXPECT_EQ(request.query, "a=1&b=%20");
  request.query = "token=a.b.c&token=a.b.c";
  EXPECT_EQ(found({query}), "token_ambiguous");
  take_tokens(request, std::vector{query});
  EXPECT_EQ(request.query, "");
  EXPECT_FALSE(request.has_query);
}

TEST_F(BearerTest, TwoPlacesAgree) {
  request.fields.add("Authorization", "Bearer a.b.c");
  request.fields.add("Cookie", "session=a.b.c");
  EXPECT_EQ(found({authorization, cookie}), "a.b.c");
  request.query = "token=d.e.f";
  EXPECT_EQ(found({authorization, cookie, query}), "token_ambiguous");
  EXPECT_EQ(found({query}), "d.e.f");
}
