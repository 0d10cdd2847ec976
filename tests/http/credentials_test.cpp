#include "http/credentials.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

struct Credentials : testing::Test {
  Arena arena;
  Request request{arena};

  void ask(std::string_view query) {
    request.query = query;
    request.has_query = true;
  }
  std::string all() const {
    std::string lines;
    for (auto& f : request.fields) lines.append(f.name).append(": ").append(f.value).append("|");
    return lines;
  }
};

TEST_F(Credentials, AreCountedWhereverTheyAre) {
  request.fields.add("X-API-Key", "one");
  request.fields.add("x-api-key", "two");
  request.fields.add("Cookie", "a=1; key=k1;key = k2");
  request.fields.add("Cookie", "key=\"k3\"; mykey=4; key");
  EXPECT_EQ(find_field(request.fields, "X-Api-Key").value, "one");
  EXPECT_EQ(find_field(request.fields, "X-Api-Key").count, 2u);
  EXPECT_EQ(find_field(request.fields, "X-Other").count, 0u);
  EXPECT_EQ(find_field(request.fields, FieldId::cookie).value, "a=1; key=k1;key = k2");
  EXPECT_EQ(find_field(request.fields, FieldId::cookie).count, 2u);
  EXPECT_EQ(find_field(request.fields, FieldId::authorization).count, 0u);
  EXPECT_EQ(find_cookie(request.fields, "key").value, "k1");
  EXPECT_EQ(find_cookie(request.fields, "key").count, 4u);
  EXPECT_EQ(find_cookie(request.fields, "Key").count, 0u);
  EXPECT_EQ(find_parameter("a=1&key=x%20y&%6bey=&mykey=z&key", "key", arena).value, "x y");
  EXPECT_EQ(find_parameter("a=1&key=x%20y&%6bey=&mykey=z&key", "key", arena).count, 3u);
  EXPECT_EQ(find_parameter("", "key", arena).count, 0u);
}

TEST_F(Credentials, ATakenFieldIsGoneInEverySpelling) {
  request.fields.add("X_API_Key", "one");
  request.fields.add("Accept", "*/*");
  request.fields.add("x-api-key", "two");
  take_lookalikes(request.fields, "X-API-Key");
  EXPECT_EQ(all(), "Accept: */*|x-api-key: two|");
  request.fields.add("x-api_key", "three");
  take_field(request.fields, "X-API-Key");
  EXPECT_EQ(all(), "Accept: */*|");
}

TEST_F(Credentials, ATakenCookieLeavesTheOthersAsTheyWere) {
  request.fields.add("Cookie", "key=1; a=b; c=\"d=e\"");
  request.fields.add("Accept", "*/*");
  request.fields.add("Cookie", "key=2");
  request.fields.add("Cookie", "f=g; key=3;h=i");
  take_cookie(request.fields, "key");
  EXPECT_EQ(all(), "Cookie: a=b; c=\"d=e\"|Accept: */*|Cookie: f=g;h=i|");
}

TEST_F(Credentials, ATakenParameterLeavesTheOthersAsTheyWere) {
  ask("a=%41&key=1&&b&k%65y=2&c=+");
  take_parameter(request, "key");
  EXPECT_EQ(request.query, "a=%41&&b&c=+");
  ask("key=1");
  take_parameter(request, "key");
  EXPECT_FALSE(request.has_query);
  EXPECT_EQ(request.query, "");
  ask("");
  take_parameter(request, "key");
  EXPECT_TRUE(request.has_query) << "'/a?' is not '/a'";
}

TEST_F(Credentials, AreMaskedInAQuery) {
  ParameterNames secret = {"key", "access_token"};
  EXPECT_EQ(masked_query("a=1&key=s3&b", secret, arena), "a=1&key=***&b");
  EXPECT_EQ(masked_query("%6bey=s3&access_token&key", secret, arena), "%6bey=***&access_token=***&key=***");
  EXPECT_EQ(masked_query("a=key&mykey=1", secret, arena), "a=key&mykey=1");
  EXPECT_EQ(masked_query("key=1", {}, arena), "key=1");
}

}  // namespace
}  // namespace sluice::http
