#include "filters/jwt/forwarding.hpp"

#include <gmock/gmock.h>

using namespace sluice;
using namespace sluice::filters::jwt;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

using Names = std::map<std::string, std::string>;
using Entries = std::vector<Claims::Claim>;

struct ForwardingTest : ::testing::Test {
  Arena arena;
  Fields fields{arena};

  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (auto& f : fields) all.push_back(std::string(f.name) + ": " + std::string(f.value));
    return all;
  }
};

// What becomes of claims of that one path.
std::optional<std::string> value(std::vector<std::string> values) {
  Entries claims;
  for (auto& v : values) claims.push_back({"c", v});
  return Forwarding(Names{{"c", "X-C"}}).values_of(Claims(claims)).at(0);
}

}  // namespace

TEST_F(ForwardingTest, TheClientsOwnFieldsAreTakenOutInEverySpelling) {
  Forwarding forwarding(Names{{"sub", "X-User-ID"}, {"realm.roles", "X-Roles"}});
  for (auto name :
       {"X-User-ID", "x-user-id", "X_USER_ID", "X-User_Id", "x-roles", "X-User-IDs", "X-User", "Accept"})
    fields.add(name, "forged");
  forwarding.strip(fields);
  EXPECT_THAT(lines(), ElementsAre("X-User-IDs: forged", "X-User: forged", "Accept: forged"));
}

TEST_F(ForwardingTest, EachClaimGoesIntoItsField) {
  Forwarding forwarding(Names{{"sub", "X-User-ID"}, {"realm.roles", "X-Roles"}, {"plan", "X-Plan"}});
  Claims claims(Entries{{"sub", "ann"}, {"realm.roles", "a"}, {"realm.roles", "b c"}});
  auto values = forwarding.values_of(claims);
  forwarding.add(values, fields);
  EXPECT_THAT(lines(), ::testing::UnorderedElementsAre("X-User-ID: ann", "X-Roles: a,b c"));
}

TEST_F(ForwardingTest, NothingIsForwardedByDefault) {
  Forwarding forwarding(Names{});
  fields.add("X-User-ID", "own");
  forwarding.strip(fields);
  forwarding.add(forwarding.values_of(Claims(Entries{{"sub", "ann"}})), fields);
  EXPECT_THAT(lines(), ElementsAre("X-User-ID: own"));
}

TEST(ForwardedValue, WhatAReceiverCouldReadAsSomethingElseIsLeftOut) {
  EXPECT_EQ(value({"ann"}), "ann");
  EXPECT_EQ(value({"a, b"}), "a, b");
  EXPECT_EQ(value({"J\xc3\xbcrgen"}), "J\xc3\xbcrgen");
  for (auto text : {"", " ann", "ann ", "\tann", "a\r\nX-Admin: 1", "a\nb", "a\rb", "a\x7f", "a\x1b[2J",
                    "a\xc2\x85"
                    "b",
                    "a\xc2\x9f"})
    EXPECT_EQ(value({text}), std::nullopt) << text;
  EXPECT_EQ(value({std::string("a\0b", 3)}), std::nullopt);
  EXPECT_EQ(value({"a\xc2\xa0"
                   "b"}),
            "a\xc2\xa0"
            "b");
}

TEST(ForwardedValue, ACommaInOneOfSeveralWouldMakeItTwo) {
  EXPECT_EQ(value({"a", "b"}), "a,b");
  EXPECT_EQ(value({"a", "b,admin"}), std::nullopt);
  EXPECT_EQ(value({"a", ""}), std::nullopt);
  EXPECT_EQ(value({}), std::nullopt);
}

TEST(ForwardedField, IsNoneOfTheGatewaysOwn) {
  EXPECT_EQ(fault_of_field("X-User-ID"), "");
  EXPECT_EQ(fault_of_field("X-Forwarded-User"), "");
  for (auto name : {"Host", "content-length", "Content_Length", "Transfer-Encoding", "Connection", "Cookie",
                    "Authorization", "X-Forwarded-For", "x_forwarded_proto", "Via", "Forwarded"})
    EXPECT_THAT(fault_of_field(name), HasSubstr("is the gateway's own")) << name;
  for (auto name : {"", "X User", "X:User", "X-Us\xc3\xa9r", "X\r\n"})
    EXPECT_THAT(fault_of_field(name), HasSubstr("is no field's name")) << name;
}
