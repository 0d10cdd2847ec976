#include "config/dump.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/load.hpp"
#include "config/sample_filters.hpp"

namespace sluice::config {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

const std::string text = R"yaml(
version: 1
listeners:
  web: { bind: ":8443", tls: { certificates: self-signed } }
admin: { bind: "127.0.0.1:9901", token: abc }
upstreams:
  app: { endpoints: ["http://${file:host}:8080"], health: { path: /healthz } }
policies:
  gate: { gate: { allow: [10.0.0.0/8], password: "pass word", rates: { gold: 10/m } } }
  red: { tint: red }
defaults: { use: [gate] }
routes:
  all: { match: { path: /, headers: { X-V: { regex: "a|b" } } }, to: app, timeout: off, use: [+red] }
  one: { match: "/x/{id}", to: "${file:name}", rewrite: "/{id}" }
  ping: { match: /ping, respond: { body: "${file:body}" }, filters: { tint: blue } }
)yaml";

std::shared_ptr<const Config> load_text(const std::string& document) {
  MemoryFiles files(
      {{"a.yaml", document}, {"host", "hidden.internal"}, {"name", "app"}, {"body", "classified"}});
  auto loaded = load("a.yaml", sample_filters, files, variables({}));
  for (auto& p : loaded.errors) ADD_FAILURE() << p.to_string();
  return loaded.config;
}

TEST(Dump, FillsInDefaultsAndKeepsShapes) {
  auto j = dump(*load_text(text), sample_filters);
  EXPECT_EQ(j["workers"], "auto");
  EXPECT_EQ(j["drain"], (Json{{"accept", "1s"}, {"finish", "30s"}}));
  EXPECT_EQ(j["listeners"]["web"]["bind"], Json::array({":8443"}));
  EXPECT_EQ(j["listeners"]["web"]["tls"]["certificates"], "self-signed");
  EXPECT_EQ(j["listeners"]["web"]["limits"]["connections"], 20000);
  EXPECT_EQ(j["listeners"]["web"]["limits"]["requests_per_connection"], "off");
  EXPECT_EQ(j["listeners"]["web"]["timeouts"]["body_rate"], "1KiB/s");
  EXPECT_EQ(j["telemetry"]["access_log"]["sample"], 1.0);
  EXPECT_EQ(j["paths"]["merge_slashes"], true);
  EXPECT_EQ(j["upstreams"]["app"]["health"]["expect"], "200-399");
  EXPECT_EQ(j["routes"]["all"]["timeout"], "off");
  EXPECT_EQ(j["routes"]["one"]["timeout"], "5s");
  EXPECT_EQ(j["routes"]["one"]["rewrite"], "/{id}");
  EXPECT_EQ(j["policies"]["gate"]["gate"]["mode"], "enforce");
  EXPECT_EQ(j["policies"]["gate"]["gate"]["rates"]["gold"], "10/m");
  EXPECT_EQ(j["routes"]["ping"]["filters"]["tint"]["colour"], "blue");
  EXPECT_FALSE(j.contains("user"));
}

TEST(Dump, KeepsAListThatWasWrittenEmpty) {
  auto j = dump(*load_text("version: 1\nlisteners: { a: { bind: ':1' } }\nroutes:\n"
                           "  a: { match: /a, respond: {}, use: [] }\n  b: { match: /b, respond: {} }\n"),
                sample_filters);
  EXPECT_EQ(j["routes"]["a"]["use"], Json::array());
  EXPECT_FALSE(j["routes"]["b"].contains("use"));
}

// The kind of a route's `require` is not written, and everything a filter has is read back from it.
TEST(Dump, WritesWhatARouteRequiresAsItIsRead) {
  auto j = dump(*load_text("version: 1\nlisteners: { a: { bind: ':1' } }\npolicies: { b: { badge: X-B } }\n"
                           "routes:\n  a: { match: /a, use: [b], respond: {}, require: { scopes: [x], mode: "
                           "shadow } }\n  b: { match: /b, respond: {} }\n"),
                sample_filters);
  EXPECT_EQ(j["routes"]["a"]["require"]["scopes"], Json::array({"x"}));
  EXPECT_EQ(j["routes"]["a"]["require"]["mode"], "shadow");
  EXPECT_FALSE(j["routes"]["b"].contains("require"));
  EXPECT_EQ(dump(*load_text(to_yaml(j)), sample_filters), j);
}

TEST(Dump, MasksWhatIsSecretOrCameFromAFile) {
  auto j = dump(*load_text(text), sample_filters);
  EXPECT_EQ(j["admin"]["token"], masked);
  EXPECT_EQ(j["policies"]["gate"]["gate"]["password"], masked);
  EXPECT_EQ(j["upstreams"]["app"]["endpoints"][0], masked);
  EXPECT_EQ(j["routes"]["one"]["to"], masked);
  EXPECT_EQ(j["routes"]["ping"]["respond"]["body"], masked);
  for (auto& all : {j.dump(), to_yaml(j)})
    for (auto secret : {"abc", "pass word", "hidden.internal", "classified"})
      EXPECT_THAT(all, Not(HasSubstr(secret)));
}

TEST(Dump, LoadsAsTheSameConfiguration) {
  auto open_text = text;
  for (auto& [from, to] : std::map<std::string, std::string>{{"${file:host}", "host"},
                                                             {"${file:name}", "app"},
                                                             {"${file:body}", "off: \\\"x\\\""},
                                                             {", token: abc", ""},
                                                             {", password: \"pass word\"", ""}})
    open_text.replace(open_text.find(from), from.size(), to);
  auto first = dump(*load_text(open_text), sample_filters);
  first["policies"]["gate"]["gate"].erase("password");
  auto second = dump(*load_text(to_yaml(first)), sample_filters);
  second["policies"]["gate"]["gate"].erase("password");
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace sluice::config
