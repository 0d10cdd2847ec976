#include "server/admin/body.hpp"

#include <gmock/gmock.h>

namespace sluice::server {
namespace {

using ::testing::HasSubstr;

constexpr std::array<std::string_view, 2> known = {"mode", "rate"};

std::variant<Json, AdminReply> read(std::string body, std::string type = "application/json") {
  return read_object({.content_type = std::move(type), .body = std::move(body)}, known);
}
// "422 what is wrong"
std::string refused(const std::variant<Json, AdminReply>& read) {
  auto* reply = std::get_if<AdminReply>(&read);
  if (!reply) return "fine";
  return std::to_string(reply->status) + ' ' + Json::parse(reply->body)["detail"].get<std::string>();
}

TEST(AdminBody, AnObjectWithTheKnownMembersIsTaken) {
  for (auto* type : {"application/json", "Application/JSON; charset=utf-8"}) {
    auto object = read(R"({"mode": "off", "rate": {"a": 1, "b": {"a": 2}}})", type);
    ASSERT_EQ(refused(object), "fine") << type;
    EXPECT_EQ(std::get<Json>(object)["mode"], "off");
  }
}

TEST(AdminBody, OneOfTheKnownMembersMayBeAllThatIsExpected) {
  auto one = [](std::string body) {
    return read_one_of({.content_type = "application/json", .body = std::move(body)}, known);
  };
  EXPECT_EQ(refused(one(R"({"rate": 1})")), "fine");
  for (auto* body : {"{}", R"({"rate": 1, "mode": "off"})"})
    EXPECT_EQ(refused(one(body)), "422 exactly one member is expected, of 'mode', 'rate'") << body;
}

TEST(AdminBody, OtherTypesAre415) {
  for (auto* type : {"", "text/plain", "application/x-www-form-urlencoded", "application/json5"})
    EXPECT_EQ(refused(read("{}", type)), "415 the body has to be application/json") << type;
}

TEST(AdminBody, WhatIsNoJsonObjectIs400) {
  for (auto* body :
       {"", "{", "{'mode': 'off'}", R"({"mode": "off",})", R"({"mode": "off"} x)", "{\"mode\": \"\xff\"}",
        R"({"mode": "off", "mode": "enforce"})", R"({"mode": "off", "rate": 1, "mo\u0064e": 2})"})
    EXPECT_EQ(refused(read(body)), "400 the body is not JSON, or names a member twice") << body;
  for (auto* body : {"[]", "\"off\"", "1", "null"})
    EXPECT_EQ(refused(read(body)), "400 the body is not a JSON object") << body;
}

TEST(AdminBody, DeepNestingIsNoTrouble) {
  std::string deep(60'000, '[');
  EXPECT_THAT(refused(read(deep)), HasSubstr("400 "));
}

TEST(AdminBody, MembersAreThoseAndNoOthers) {
  EXPECT_EQ(refused(read(R"({"moed": "off", "rate": 1})")),
            "422 unknown member 'moed' (did you mean 'mode'?)");
  EXPECT_EQ(refused(read(R"({"mode": "off"})")), "422 the member 'rate' is missing");
}

}  // namespace
}  // namespace sluice::server
