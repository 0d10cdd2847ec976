#include "sluice/variable.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "config/load.hpp"
#include "config/sample_filters.hpp"

namespace sluice {
namespace {

using testing::HasSubstr;
using Kind = Variable::Kind;

struct Stamp {
  Variable key;
  FieldTemplate text;
  static const Schema& schema() {
    static const Schema s = describe<Stamp>("Stamps.")
                                .member("key", &Stamp::key, "What is counted by.")
                                .member("text", &Stamp::text, "What is written.");
    return s;
  }
};

const std::array<FilterSchema, 1> stamps = {filter_schema<Stamp>("stamp")};

config::Loaded load(const std::string& settings) {
  config::MemoryFiles files({{"x.yaml", R"yaml(
version: 1
listeners: { web: { bind: ':8080' } }
policies: { one: { stamp: )yaml" + settings +
                                            R"yaml( } }
routes: { r: { match: /, respond: { body: x }, use: [one] } }
)yaml"}});
  return config::load("x.yaml", stamps, files, config::variables({}));
}

std::string error(const std::string& settings) {
  auto loaded = load(settings);
  return loaded.errors.empty() ? "none" : loaded.errors.front().to_string();
}

TEST(Variables, AreReadByTheirKindAndName) {
  struct Row {
    const char* text;
    Kind kind;
    const char* name;
  };
  for (auto& [text, kind, name] :
       std::initializer_list<Row>{{"client.ip", Kind::client_ip, ""},
                                  {"principal", Kind::principal, ""},
                                  {"principal.sub", Kind::principal, "sub"},
                                  {"principal.method", Kind::principal, "method"},
                                  {"principal.team", Kind::claim, "team"},
                                  {"jwt.realm.roles", Kind::claim, "realm.roles"},
                                  {"jwt.https://example.com/roles", Kind::claim, "https://example.com/roles"},
                                  {"header.X-Tenant", Kind::header, "X-Tenant"},
                                  {"cookie.session", Kind::cookie, "session"},
                                  {"query.page[]", Kind::query, "page[]"},
                                  {"param.id", Kind::param, "id"},
                                  {"route", Kind::route, ""},
                                  {"request.id", Kind::request_id, ""},
                                  {"upstream", Kind::upstream, ""},
                                  {"duration", Kind::duration, ""}}) {
    auto v = Variable::parse(text);
    ASSERT_TRUE(v) << text;
    EXPECT_EQ(v->kind(), kind) << text;
    EXPECT_EQ(v->name(), name) << text;
    EXPECT_EQ(Scalar<Variable>::print(*v), text);
  }
}

TEST(Variables, OutsideTheVocabularyAreRefused) {
  for (auto bad : {"",       "client",  "client.ip.x", "client.port", "ip",           "Route",      "route.x",
                   "header", "header.", "header.a b",  "header.a:b",  "cookie.",      "cookie.a;b", "query.",
                   "param.", "jwt",     "jwt.",        "request",     "request.path", "env.HOME",   " route",
                   "route ", "{route}", "jwt.a{b}",    "query.a\nb"})
    EXPECT_FALSE(Variable::parse(bad)) << bad;
}

TEST(Variables, KnowHeadersByTheirId) {
  EXPECT_EQ(Variable::parse("header.AUTHORIZATION")->field(), FieldId::authorization);
  EXPECT_EQ(Variable::parse("header.X-Tenant")->field(), FieldId::other);
}

TEST(Variables, SayWhatHasToBeKnownFirst) {
  EXPECT_TRUE(Variable::parse("principal")->needs_identity());
  EXPECT_TRUE(Variable::parse("jwt.plan")->needs_identity());
  EXPECT_FALSE(Variable::parse("client.ip")->needs_identity());
  EXPECT_TRUE(Variable::parse("duration")->needs_response());
  EXPECT_TRUE(Variable::parse("upstream")->needs_response());
  EXPECT_FALSE(Variable::parse("route")->needs_response());
}

TEST(Templates, AreTextBetweenVariables) {
  auto t = FieldTemplate::parse("a-{route}-{{b}}{request.id}");
  ASSERT_TRUE(t);
  ASSERT_EQ(t->parts().size(), 4u);
  EXPECT_EQ(t->parts()[0].literal, "a-");
  EXPECT_EQ(t->parts()[1].variable->kind(), Kind::route);
  EXPECT_EQ(t->parts()[2].literal, "-{b}");
  EXPECT_EQ(t->parts()[3].variable->kind(), Kind::request_id);
  EXPECT_EQ(Scalar<FieldTemplate>::print(*t), "a-{route}-{{b}}{request.id}");
}

TEST(Templates, NeedWhatTheirVariablesNeed) {
  EXPECT_TRUE(FieldTemplate::parse("by {principal}")->needs_identity());
  EXPECT_TRUE(FieldTemplate::parse("in {duration}")->needs_response());
  EXPECT_FALSE(FieldTemplate::parse("{{principal}}")->needs_identity());
  EXPECT_TRUE(FieldTemplate::parse("")->parts().empty());
}

TEST(Templates, ThatAreBrokenAreRefused) {
  for (auto bad : {"{", "}", "a{", "a}", "{}", "{ route}", "{unknown}", "{route", "route}", "{{route}",
                   "{header.a b}", "a\nb", "a\r", "\x7f"})
    EXPECT_FALSE(FieldTemplate::parse(bad)) << bad;
  EXPECT_FALSE(FieldTemplate::parse(std::string_view("a\0b", 3)));
}

TEST(Variables, ErrorsNameTheVocabulary) {
  EXPECT_THAT(error("{ key: header }"),
              HasSubstr("policies.one.stamp.key: expected one of client.ip, principal, principal.<claim>, "
                        "jwt.<path>, header.<name>, cookie.<name>, query.<name>, param.<name>, route, "
                        "request.id, upstream, duration"));
  EXPECT_THAT(error("{ text: 'a{host}' }"),
              HasSubstr("policies.one.stamp.text: expected one line of text with {variables} such as "
                        "{request.id} or {principal}"));
  EXPECT_THAT(error("{ text: \"a\\nb\" }"), HasSubstr("expected one line of text"));
  EXPECT_EQ(error("{ key: header.X-Tenant, text: 'a{route}' }"), "none");
}

// The description of one member stands next to its type.
nlohmann::json described(const nlohmann::json& in, std::string_view text) {
  if (in.is_object() && in.contains("description") && in["description"] == text) return in;
  if (in.is_structured())
    for (auto& inner : in)
      if (auto found = described(inner, text); !found.is_null()) return found;
  return nullptr;
}

TEST(Variables, AreTextsInTheJsonSchema) {
  auto schema = nlohmann::json::parse(config::json_schema(stamps));
  for (auto text : {"What is counted by.", "What is written."}) {
    auto member = described(schema, text);
    EXPECT_EQ(member["type"], (nlohmann::json{"string", "number", "boolean"})) << member;
  }
}

}  // namespace
}  // namespace sluice
