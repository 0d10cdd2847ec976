#include "sluice/value_of.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "kit/loop.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct ValueOfTest : ::testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer;
  Exchange x{loop.worker, arena, peer};

  std::string_view value(std::string_view variable) {
    auto& v = variables_.emplace_back(Variable::parse(variable).value());
    return value_of(v, x);
  }
  bool absent(std::string_view variable) { return value(variable).data() == nullptr; }
  std::string_view text(std::string_view written) {
    auto& t = templates_.emplace_back(FieldTemplate::parse(written).value());
    return text_of(t, x);
  }
  void query(std::string_view q) {
    x.request.query = q;
    x.request.has_query = true;
  }

 private:
  std::deque<Variable> variables_;
  std::deque<FieldTemplate> templates_;
};

}  // namespace

TEST_F(ValueOfTest, WhatIsNotThereIsNull) {
  for (auto v : {"client.ip", "principal", "principal.sub", "principal.method", "principal.team", "jwt.plan",
                 "header.X-A", "header.Accept", "header.Host", "cookie.a", "query.a", "param.a", "route",
                 "request.id", "upstream", "duration"})
    EXPECT_TRUE(absent(v)) << v;
}

TEST_F(ValueOfTest, WhatIsThereButEmptyIsNotNull) {
  x.request.fields.add("X-A", "");
  x.request.fields.add("Accept", std::string_view());
  x.request.fields.add("Cookie", "a=; b");
  query("a=&b");
  PathParameter parameters[] = {{"rest", {}}};
  x.parameters = parameters;
  for (auto v : {"header.X-A", "header.Accept", "cookie.a", "query.a", "query.b", "param.rest"}) {
    EXPECT_FALSE(absent(v)) << v;
    EXPECT_EQ(value(v), "") << v;
  }
  EXPECT_TRUE(absent("cookie.b")) << "no value, so no cookie of that name";
}

TEST_F(ValueOfTest, SaysWhoAsks) {
  x.client_text = "192.0.2.1";
  Claims claims(std::vector<Claims::Claim>{{"plan", "gold"}, {"realm.roles", "a"}, {"realm.roles", "b"}});
  x.principal.subject = "ann";
  x.principal.method = "jwt";
  x.principal.claims = &claims;
  EXPECT_EQ(value("client.ip"), "192.0.2.1");
  EXPECT_EQ(value("principal"), "ann");
  EXPECT_EQ(value("principal.sub"), "ann");
  EXPECT_EQ(value("principal.method"), "jwt");
  EXPECT_EQ(value("jwt.plan"), "gold");
  EXPECT_EQ(value("principal.plan"), "gold");
  EXPECT_EQ(value("jwt.realm.roles"), "a");
  EXPECT_TRUE(absent("jwt.realm"));
}

TEST_F(ValueOfTest, SaysWhatBecameOfTheRequest) {
  x.route_name = "users";
  x.id = "0123";
  x.upstream.name = "backend";
  PathParameter parameters[] = {{"id", "a%2Fb"}, {"rest", "x/y"}};
  x.parameters = parameters;
  EXPECT_EQ(value("route"), "users");
  EXPECT_EQ(value("request.id"), "0123");
  EXPECT_EQ(value("upstream"), "backend");
  EXPECT_EQ(value("param.id"), "a%2Fb");
  EXPECT_EQ(value("param.rest"), "x/y");
  EXPECT_TRUE(absent("param.ID"));
}

TEST_F(ValueOfTest, AHeaderIsItsFirstLine) {
  x.request.authority = "api.example:8080";
  x.request.fields.add("X-Tenant", "one");
  x.request.fields.add("x-tenant", "two");
  x.request.fields.add("Accept-Language", "de");
  EXPECT_EQ(value("header.x-TENANT"), "one");
  EXPECT_EQ(value("header.accept-language"), "de");
  EXPECT_EQ(value("header.Host"), "api.example:8080");
}

TEST_F(ValueOfTest, ACookieIsTheFirstOfItsName) {
  x.request.fields.add("Cookie", "theme=dark;session= \"a=b\" ;; session=late; =x; Session=other");
  x.request.fields.add("Cookie", "second=line");
  EXPECT_EQ(value("cookie.theme"), "dark");
  EXPECT_EQ(value("cookie.session"), "\"a=b\"") << "as it was sent, quotes included";
  EXPECT_EQ(value("cookie.Session"), "other") << "names are case-sensitive";
  EXPECT_EQ(value("cookie.second"), "line");
  EXPECT_TRUE(absent("cookie.them"));
  EXPECT_TRUE(absent("cookie.dark"));
}

TEST_F(ValueOfTest, AQueryParameterIsDecoded) {
  query("&a=1&a=2&b=x+y%20z&c%5Bd%5D=%C3%a9&e=%zz%4&f=g=h&plus=%2B");
  EXPECT_EQ(value("query.a"), "1");
  EXPECT_EQ(value("query.b"), "x y z");
  EXPECT_EQ(value("query.c[d]"), "\xc3\xa9");
  EXPECT_EQ(value("query.e"), "%zz%4") << "a broken escape stands for itself";
  EXPECT_EQ(value("query.f"), "g=h");
  EXPECT_EQ(value("query.plus"), "+");
  EXPECT_TRUE(absent("query.A"));
}

TEST_F(ValueOfTest, TheDurationIsInSeconds) {
  x.timeline.start = loop.timers.now() - 1234567us;
  EXPECT_EQ(value("duration"), "1.234567");
  x.timeline.start = loop.timers.now() - 123us - 999ns;
  EXPECT_EQ(value("duration"), "0.000123");
  x.timeline.start = loop.timers.now();
  EXPECT_EQ(value("duration"), "0.000000");
  x.timeline.start = loop.timers.now() + 1s;
  EXPECT_EQ(value("duration"), "0.000000");
  x.timeline.start = TimePoint(1ns);
  EXPECT_EQ(value("duration"), "3599.999999");
}

TEST_F(ValueOfTest, TextWithoutVariablesIsTheConfigurationsOwn) {
  auto t = *FieldTemplate::parse("plain {{text}}");
  EXPECT_EQ(text_of(t, x), "plain {text}");
  EXPECT_EQ(text_of(t, x).data(), t.parts().front().literal.data());
  EXPECT_EQ(text(""), "");
  EXPECT_NE(text("").data(), nullptr);
}

TEST_F(ValueOfTest, TextIsFilledIn) {
  x.route_name = "users";
  x.id = "0123";
  EXPECT_EQ(text("{route}"), "users");
  EXPECT_EQ(text("r={route};id={request.id}"), "r=users;id=0123");
  EXPECT_EQ(text("{route}{route}"), "usersusers");
  EXPECT_EQ(text("a{principal}b"), "ab") << "what is not there is nothing";
  EXPECT_EQ(text("{principal}"), "");
}

TEST_F(ValueOfTest, NoControlCharacterLeavesText) {
  query("v=%0d%0aSet-Cookie:+x%3D1%00%01%7f%09tab");
  Claims claims(std::vector<Claims::Claim>{{"name", "Ann\r\nX-Admin: yes"}});
  x.principal.claims = &claims;
  for (auto written : {"{query.v}", "a {query.v} b", "{jwt.name}", "{jwt.name}{query.v}"}) {
    auto got = text(written);
    for (char c : got) EXPECT_TRUE(c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) << got;
  }
  EXPECT_EQ(text("{query.v}"), "Set-Cookie: x=1   \ttab");
  EXPECT_EQ(text("{jwt.name}"), "Ann  X-Admin: yes");
  EXPECT_EQ(claims.get("name"), "Ann\r\nX-Admin: yes") << "the value itself is left alone";
}

TEST_F(ValueOfTest, NoSpaceStandsAtEitherEnd) {
  query("a=%20%0a&b=+x+");
  EXPECT_EQ(text("{query.a}"), "");
  EXPECT_EQ(text(" {query.b} "), "x");
  EXPECT_EQ(text("\t plain "), "plain");
}
