// docs/configuration.md is what the schemas say. SLUICE_UPDATE_DOCS=1 in the environment writes it anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/load.hpp"
#include "config/sample_filters.hpp"

namespace sluice::config {
namespace {

using Json = nlohmann::json;

// Calls `see` with every key of a schema and of all that is below it.
template <class F>
void for_each_member(const Schema& schema, F see);

template <class F>
void for_each_member(const Shape& shape, F see) {
  if (auto* o = std::get_if<ObjectShape>(&shape)) for_each_member(o->schema(), see);
  if (auto* l = std::get_if<ListShape>(&shape)) for_each_member(l->element(), see);
  if (auto* m = std::get_if<MapShape>(&shape)) for_each_member(m->value(), see);
  if (auto* m = std::get_if<MaybeShape>(&shape)) for_each_member(m->value(), see);
}

template <class F>
void for_each_member(const Schema& schema, F see) {
  for (auto& m : schema.members) {
    see(m);
    for_each_member(*m.shape, see);
  }
}

TEST(Reference, IsTheCommittedOne) {
  auto path = std::filesystem::path(SLUICE_SOURCE_DIR) / "docs/configuration.md";
  auto generated = reference_markdown();
  if (std::getenv("SLUICE_UPDATE_DOCS")) std::ofstream(path) << generated;
  std::ifstream in(path);
  std::stringstream committed;
  committed << in.rdbuf();
  EXPECT_TRUE(committed.str() == generated) << "docs/configuration.md is not what the schemas say; "
                                               "SLUICE_UPDATE_DOCS=1 build/dev/tests/config/config_tests "
                                               "--gtest_filter='Reference.*' writes it anew";
}

TEST(Reference, NamesEveryKeyWithItsSentence) {
  auto text = reference_markdown();
  std::size_t count = 0;
  for_each_member(Config::schema(), [&](const Member& m) {
    ++count;
    EXPECT_NE(text.find("| `" + std::string(m.name) + "` |"), text.npos) << m.name;
    EXPECT_TRUE(m.doc.ends_with('.')) << m.name << ": " << m.doc;
  });
  EXPECT_GT(count, 80u);
  EXPECT_NE(text.find("(filters/README.md)"), text.npos);
}

TEST(Reference, HasEachKeyOfAFilterForItsPage) {
  EXPECT_EQ(settings_markdown(sample_filters[2]),
            "| key | value | default | meaning |\n|---|---|---|---|\n"
            "| `colour` | a text | `red` | The colour. |\n\n"
            "Short: what is no map stands for `colour`.\n\n"
            "Besides these there is [what every filter has](README.md#what-every-filter-has).\n");
  auto gate = settings_markdown(sample_filters[0]);
  EXPECT_NE(gate.find("| `password` | a text |  | What opens it. Never printed. |"), gate.npos);
  auto common = common_settings_markdown();
  for (auto* key : {"`mode` | `enforce`, `shadow`, `off` | `enforce`", "`on_error`", "`optional`"})
    EXPECT_NE(common.find(key), common.npos) << key;
}

TEST(JsonSchema, IsJsonAndNamesEveryKey) {
  auto schema = Json::parse(json_schema(sample_filters));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  auto text = schema.dump();
  for_each_member(Config::schema(), [&](const Member& m) {
    EXPECT_NE(text.find('"' + std::string(m.name) + "\":{"), text.npos) << m.name;
  });
  EXPECT_FALSE(schema.contains("required"));
  EXPECT_EQ(schema["additionalProperties"], false);
}

TEST(JsonSchema, AcceptsFalseWhereOffIsLegal) {
  auto schema = Json::parse(json_schema({}));
  auto& timeout = schema["properties"]["defaults"]["properties"]["timeout"];
  EXPECT_EQ(timeout["anyOf"][0]["enum"], Json::array({"off", false}));
  EXPECT_EQ(timeout["default"], "5s");
  auto& listener = schema["properties"]["listeners"]["additionalProperties"];
  EXPECT_EQ(listener["properties"]["proxy_protocol"]["anyOf"][0]["enum"],
            Json::array({"off", false, "v1", "v2", "any"}));
  EXPECT_EQ(schema["properties"]["workers"]["anyOf"][0]["enum"], Json::array({"auto"}));
}

TEST(JsonSchema, ARouteRequiresWhatThatKindOfFilterHas) {
  auto require = [](const Json& schema) {
    return schema["properties"]["routes"]["additionalProperties"]["properties"]["require"];
  };
  auto known = require(Json::parse(json_schema(sample_filters)));
  EXPECT_EQ(known["required"], Json::array({"scopes"}));
  EXPECT_TRUE(known["properties"].contains("mode"));
  EXPECT_EQ(known["additionalProperties"], false);
  EXPECT_TRUE(require(Json::parse(json_schema({}))).contains("not")) << "without such filters: nothing";
}

TEST(JsonSchema, SaysRangesRequiredKeysAndShortForms) {
  auto schema = Json::parse(json_schema(sample_filters));
  auto& listener = schema["properties"]["listeners"]["additionalProperties"];
  EXPECT_EQ(listener["required"], Json::array({"bind"}));
  EXPECT_EQ(listener["properties"]["backlog"]["anyOf"][0]["maximum"], 65535);
  auto& endpoint =
      schema["properties"]["upstreams"]["additionalProperties"]["properties"]["endpoints"]["items"];
  EXPECT_EQ(endpoint["anyOf"][1]["required"], Json::array({"url"}));
  auto& route = schema["properties"]["routes"]["additionalProperties"];
  EXPECT_EQ(route["allOf"][0]["oneOf"].size(), 3u);
  auto& policy = schema["properties"]["policies"]["additionalProperties"];
  EXPECT_EQ(policy["maxProperties"], 1);
  EXPECT_TRUE(policy["properties"]["gate"]["properties"].contains("on_error"));
  EXPECT_TRUE(policy["properties"]["gate"]["properties"].contains("remember"));
}

}  // namespace
}  // namespace sluice::config
