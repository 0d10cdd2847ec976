// The rules for what all filters have in common, held against every kind that there is.
#include <gmock/gmock.h>

#include <map>

#include "server/support/text_config.hpp"

namespace sluice::server {
namespace {

// The common settings of one filter and nothing of its own: what is said about `key`.
std::string said(std::string_view kind, const std::string& settings, const std::string& key) {
  auto text = "version: 1\nlisteners: { a: { bind: ':1' } }\npolicies: { p: { " + std::string(kind) + ": { " +
              settings + " } } }\nroutes: { r: { match: /, use: [p], respond: {} } }\n";
  auto where = "policies.p." + std::string(kind) + '.' + key + ": ";
  for (auto& error : testing::load_text(text, filter_schemas()).errors) {
    auto line = error.to_string();
    if (auto at = line.find(where); at != line.npos) return line.substr(at + where.size());
  }
  return "";
}

TEST(FilterRules, OnlyWhatDecidesHasAShadow) {
  for (auto& kind : filter_kinds())
    EXPECT_EQ(said(kind.schema.name, "mode: shadow", "mode"),
              kind.schema.traits.decides
                  ? ""
                  : '\'' + std::string(kind.schema.name) + "' decides nothing, so it has no shadow");
}

TEST(FilterRules, EachMayBeOffAndNoneInAnotherMode) {
  for (auto& kind : filter_kinds()) {
    EXPECT_EQ(said(kind.schema.name, "mode: off", "mode"), "");
    EXPECT_EQ(said(kind.schema.name, "mode: on", "mode"), "expected one of enforce, shadow, off, found 'on'");
  }
}

TEST(FilterRules, WhatGuardsNeitherPassesOnAnErrorNorIsOptional) {
  for (auto& kind : filter_kinds()) {
    auto name = '\'' + std::string(kind.schema.name) + '\'';
    bool guards = kind.schema.traits.guards;
    EXPECT_EQ(said(kind.schema.name, "on_error: pass", "on_error"),
              guards ? name + " guards the route: it cannot pass on an error" : "");
    EXPECT_EQ(said(kind.schema.name, "optional: true", "optional"),
              guards ? name + " guards the route: it cannot be optional" : "");
  }
}

struct Expected {
  bool decides, guards, repeatable;
  bool operator==(const Expected&) const = default;
};

// Identity and permission guard; what only adds to an answer decides nothing; one for each route, but for
// these.
TEST(FilterRules, EachKindIsWhatItsNamePromises) {
  const std::map<std::string_view, Expected> expected = {
      {"jwt", {true, true, true}},         {"api_key", {true, true, true}},
      {"basic_auth", {true, true, true}},  {"client_cert", {true, true, true}},
      {"require", {true, true, true}},     {"ip", {true, true, true}},
      {"cors", {false, false, false}},     {"security", {false, false, false}},
      {"headers", {false, false, true}},   {"validate", {true, false, false}},
      {"rate_limit", {true, false, true}}, {"concurrency", {true, false, true}},
      {"cache", {false, false, false}},    {"compress", {false, false, false}},
  };
  for (auto& kind : filter_kinds()) {
    auto& t = kind.schema.traits;
    auto known = expected.find(kind.schema.name);
    ASSERT_NE(known, expected.end()) << kind.schema.name << " is new: say here what it may";
    EXPECT_EQ((Expected{t.decides, t.guards, t.repeatable}), known->second) << kind.schema.name;
  }
}

TEST(FilterRules, APolicyIsNamedWithoutASlash) {
  auto loaded = testing::load_text(
      "version: 1\nlisteners: { a: { bind: ':1' } }\npolicies: { r/ip: { ip: [10.0.0.0/8] } }\n"
      "routes: { r: { match: /, respond: {} } }\n",
      filter_schemas());
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_EQ(loaded.errors[0].to_string(),
            "sluice.yaml:3:13: policies.r/ip: a name has letters, digits, '-', '_' and '.', and at most 128 "
            "of them");
}

TEST(FilterRules, TheJsonSchemaHasTheSettingsOfEachKind) {
  auto schema = config::json_schema(filter_schemas());
  for (auto& kind : filter_kinds())
    EXPECT_NE(schema.find(std::string(kind.schema.schema->doc).substr(0, 30)), schema.npos)
        << kind.schema.name;
}

}  // namespace
}  // namespace sluice::server
