// What the suite does not say: errors when a schema is compiled, the words and places of faults, bounded
// work.
#include "filters/validate/schema/json_schema.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace sluice::filters::validate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Outcome = JsonSchema::Outcome;

std::vector<std::string> errors_of(std::string_view schema, bool assert_formats = false) {
  std::vector<std::string> errors;
  auto compiled = JsonSchema::from_text(schema, "file:///nowhere/s.json", {assert_formats, {}}, errors);
  EXPECT_EQ(compiled == nullptr, !errors.empty());
  return errors;
}

struct Checked {
  Outcome outcome;
  std::vector<std::string> faults;  // "pointer: detail (schema)"
};

Checked check(std::string_view schema, std::string_view text, std::size_t most = 20,
              bool assert_formats = true) {
  std::vector<std::string> errors;
  auto compiled = JsonSchema::from_text(schema, "file:///s.json", {assert_formats, {}}, errors);
  EXPECT_THAT(errors, IsEmpty());
  json::Document document;
  EXPECT_FALSE(document.read(text, {200, 100'000, 1 << 20}));
  Scratch scratch;
  Checked result{compiled->check(document, scratch), {}};
  for (auto& f : compiled->explain(document, scratch, most))
    result.faults.push_back(f.pointer + ": " + f.detail + " (" + f.schema + ')');
  return result;
}

std::vector<std::string> faults(std::string_view schema, std::string_view text, std::size_t most = 20) {
  return check(schema, text, most).faults;
}

TEST(SchemaErrors, AreFoundWhenItIsCompiled) {
  EXPECT_THAT(
      errors_of(R"({"type": "text"})"),
      ElementsAre("s.json#/type: must be one of \"array\", \"boolean\", \"integer\", \"null\", \"number\", "
                  "\"object\", \"string\""));
  EXPECT_THAT(
      errors_of(R"({"properties": {"a": {"minLength": -1}}, "required": "a"})"),
      ElementsAre(HasSubstr("s.json#/properties/a/minLength: must be at least 0; s.json#/required: must be "
                            "an array")));
  EXPECT_THAT(errors_of("{\n \"a\": tru\n}"), ElementsAre("s.json:2:7: a value is expected"));
  EXPECT_THAT(errors_of(R"({"a": 1, "a": 2})"),
              ElementsAre("s.json:1:10: an object has the same member twice"));
  EXPECT_THAT(errors_of("[]"), ElementsAre("s.json#: must be a boolean or an object"));
  EXPECT_THAT(errors_of(R"({"$schema": "http://json-schema.org/draft-04/schema#"})"),
              ElementsAre("s.json: '$schema' names 'http://json-schema.org/draft-04/schema#'; known are "
                          "https://json-schema.org/draft/2020-12/schema and "
                          "http://json-schema.org/draft-07/schema#"));
}

TEST(SchemaErrors, OfReferences) {
  EXPECT_THAT(errors_of(R"({"$ref": "#/$defs/a"})"), ElementsAre("s.json#/$ref: '#/$defs/a' leads nowhere"));
  EXPECT_THAT(errors_of(R"({"items": {"$ref": "#name"}})"),
              ElementsAre("s.json#/items/$ref: '#name' leads nowhere"));
  EXPECT_THAT(
      errors_of(R"({"$ref": "other.json"})"),
      ElementsAre("s.json#/$ref: cannot read '/nowhere/other.json', which 'file:///nowhere/other.json' "
                  "refers to"));
  EXPECT_THAT(
      errors_of(R"({"$ref": "https://example.com/a.json"})"),
      ElementsAre("s.json#/$ref: 'https://example.com/a.json' is no local file, and nothing is fetched"));
  EXPECT_THAT(errors_of(R"({"$dynamicRef": "#a"})"), ElementsAre("s.json#/$dynamicRef: '#a' leads nowhere"));
}

TEST(SchemaErrors, OfSchemasThatNeverEnd) {
  constexpr auto why = "refers to itself without coming to another value";
  for (
      auto* schema :
      {R"({"$ref": "#"})", R"({"allOf": [{"$ref": "#"}]})", R"({"not": {"anyOf": [{"$ref": "#"}]}})",
       R"({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "items": {"$ref": "#/$defs/a"}})",
       R"({"if": {"$ref": "#"}})", R"({"dependentSchemas": {"a": {"$ref": "#"}}})",
       R"({"$schema": "http://json-schema.org/draft-07/schema#", "oneOf": [true, {"$ref": "#"}]})"})
    EXPECT_THAT(errors_of(schema), ElementsAre(HasSubstr(why))) << schema;
  EXPECT_THAT(errors_of(R"({"items": {"$ref": "#"}, "properties": {"a": {"$ref": "#"}}})"), IsEmpty());
}

TEST(SchemaErrors, OfPatterns) {
  EXPECT_THAT(
      errors_of(R"s({"pattern": "a(?=b)"})s"),
      ElementsAre("s.json#/pattern: 'a(?=b)': look-ahead and look-behind cannot be done in bounded time"));
  EXPECT_THAT(errors_of(R"s({"pattern": "(a)\\1"})s"),
              ElementsAre("s.json#/pattern: '(a)\\1': back-references cannot be done in bounded time"));
  EXPECT_THAT(errors_of(R"s({"patternProperties": {"(": true}})s"),
              ElementsAre(HasSubstr("s.json#/patternProperties: '(': ")));
  EXPECT_THAT(errors_of(R"({"multipleOf": 0})"), ElementsAre("s.json#/multipleOf: must be more than 0"));
  EXPECT_THAT(errors_of(R"({"multipleOf": 1234567890123456789012})"),
              ElementsAre("s.json#/multipleOf: more than 18 digits"));
}

TEST(SchemaFaults, AreAllTold) {
  constexpr auto schema = R"({
    "type": "object", "required": ["id", "name"], "additionalProperties": false,
    "properties": {
      "id": {"type": "integer", "minimum": 1},
      "name": {"type": "string", "minLength": 1, "pattern": "^[a-z]+$"},
      "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2, "uniqueItems": true}
    }})";
  EXPECT_THAT(faults(schema, R"({"id": 1, "name": "x"})"), IsEmpty());
  EXPECT_THAT(faults(schema, R"({"id": 0, "tags": ["a", "c", "a"], "x/y": 1})"),
              ElementsAre("/id: must be at least 1 (s.json#/properties/id/minimum)",
                          "/tags: must have at most 2 elements (s.json#/properties/tags/maxItems)",
                          "/tags: must not have the same element twice (s.json#/properties/tags/uniqueItems)",
                          "/tags/1: must be one of \"a\", \"b\" (s.json#/properties/tags/items/enum)",
                          "/x~1y: is not allowed (s.json#/additionalProperties)",
                          ": the property 'name' is missing (s.json#/required)"));
  EXPECT_THAT(faults(schema, "[]"), ElementsAre(": must be an object (s.json#/type)"));
  EXPECT_THAT(faults(schema, R"({"id": 0, "tags": ["a", "c", "a"], "x/y": 1})", 2), ::testing::SizeIs(2));
}

TEST(SchemaFaults, HaveWordsForEachKeyword) {
  auto one = [](const char* schema, const char* text) {
    auto all = check(schema, text).faults;
    EXPECT_EQ(all.size(), 1u) << schema;
    return all.empty() ? "" : all[0].substr(2, all[0].find(" (s.json") - 2);
  };
  EXPECT_EQ(one(R"({"type": ["string", "null", "integer"]})", "1.5"), "must be null, an integer or a string");
  EXPECT_EQ(one(R"({"const": {"a": [1, "x"]}})", "1"), "must be {\"a\":[1,\"x\"]}");
  EXPECT_EQ(one(R"({"maximum": 1.50})", "2"), "must be at most 1.5");
  EXPECT_EQ(one(R"({"exclusiveMinimum": -0.05})", "-0.05"), "must be more than -0.05");
  EXPECT_EQ(one(R"({"exclusiveMaximum": 1e30})", "1e31"), "must be less than 1e30");
  EXPECT_EQ(one(R"({"multipleOf": 0.01})", "0.001"), "must be a multiple of 0.01");
  EXPECT_EQ(one(R"({"minLength": 2})", "\"a\""), "must have at least 2 characters");
  EXPECT_EQ(one(R"({"maxLength": 1})", "\"ab\""), "must have at most 1 character");
  EXPECT_EQ(one(R"({"format": "ipv4"})", "\"1.2.3\""), "must be a valid ipv4");
  EXPECT_EQ(one(R"({"minItems": 1})", "[]"), "must have at least 1 element");
  EXPECT_EQ(one(R"({"contains": {"const": 1}})", "[]"), "must have an element that matches 'contains'");
  EXPECT_EQ(one(R"({"contains": {"const": 1}, "minContains": 2})", "[1]"),
            "must have at least 2 elements that match 'contains'");
  EXPECT_EQ(one(R"({"contains": {"const": 1}, "maxContains": 1})", "[1, 1]"),
            "must have at most 1 element that matches 'contains'");
  EXPECT_EQ(one(R"({"minProperties": 2})", "{}"), "must have at least 2 properties");
  EXPECT_EQ(one(R"({"maxProperties": 0})", R"({"a": 1})"), "must have at most 0 properties");
  EXPECT_EQ(one(R"({"dependentRequired": {"a": ["b", "c"]}})", R"({"a": 1, "b": 1})"),
            "with the property 'a' there must be 'b', 'c'");
  EXPECT_EQ(one(R"({"not": {}})", "1"), "must not match 'not'");
  EXPECT_EQ(one(R"({"anyOf": [{"const": 1}, {"const": 2}]})", "3"), "matches none of 2 alternatives");
  EXPECT_EQ(one(R"({"oneOf": [{"minimum": 1}, {"minimum": 2}]})", "3"),
            "matches 2 of 2 alternatives, must match one");
}

TEST(SchemaFaults, OfAlternativesAreThoseOfTheOnlyOneOfThatType) {
  EXPECT_THAT(faults(R"({"anyOf": [{"type": "null"}, {"type": "object", "required": ["a"]}]})", "{}"),
              ElementsAre(": the property 'a' is missing (s.json#/anyOf/1/required)"));
  EXPECT_THAT(faults(R"({"$defs": {"o": {"type": "object", "required": ["a"]}},
                         "oneOf": [{"type": "null"}, {"$ref": "#/$defs/o"}]})",
                     "{}"),
              ElementsAre(": the property 'a' is missing (s.json#/$defs/o/required)"));
}

TEST(SchemaFormats, DecideOnlyByChoice) {
  EXPECT_EQ(check(R"({"format": "date"})", "\"2024-02-30\"", 20, false).outcome, Outcome::valid);
  EXPECT_EQ(check(R"({"format": "date"})", "\"2024-02-30\"").outcome, Outcome::invalid);
  EXPECT_EQ(check(R"({"format": "date"})", "\"2024-02-29\"").outcome, Outcome::valid);
  EXPECT_EQ(check(R"({"format": "never-heard-of"})", "\"x\"").outcome, Outcome::valid);
}

TEST(SchemaNumbers, AreExact) {
  EXPECT_EQ(check(R"({"maximum": 9007199254740992})", "9007199254740993").outcome, Outcome::invalid);
  EXPECT_EQ(check(R"({"const": 9007199254740993})", "9007199254740992").outcome, Outcome::invalid);
  EXPECT_EQ(check(R"({"enum": [0.1]})", "0.1000000000000000055511151231257827").outcome, Outcome::invalid);
  EXPECT_EQ(check(R"({"type": "integer"})", "123456789012345678901234567890").outcome, Outcome::valid);
  EXPECT_EQ(check(R"({"type": "integer", "multipleOf": 0.01})", "1e308").outcome, Outcome::valid);
}

// Whoever writes a schema, or sends a body, cannot make a check hang: it is refused.
TEST(SchemaWork, IsBounded) {
  std::string nested = "{\"const\": 0}";
  for (int i = 0; i < 24; ++i) nested = "{\"anyOf\": [" + nested + ", " + nested + "]}";
  std::string chain = R"({"$defs": {"d0": {"const": 0})";
  for (int i = 1; i < 60; ++i) {
    auto below = "{\"$ref\": \"#/$defs/d" + std::to_string(i - 1) + "\"}";
    chain += ",\"d" + std::to_string(i) + "\": {\"anyOf\": [" + below + "," + below + "]}";
  }
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(check(chain + R"(}, "$ref": "#/$defs/d59"})", "1").outcome, Outcome::too_costly);
  EXPECT_EQ(check(chain + R"(}, "not": {"$ref": "#/$defs/d59"}})", "1").outcome, Outcome::too_costly);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

std::string chain_of(int length) {
  std::string text = R"({"$ref": "#/$defs/d0", "$defs": {)";
  for (int i = 0; i < length; ++i)
    text += "\"d" + std::to_string(i) + "\": {\"$ref\": \"#/$defs/d" + std::to_string(i + 1) +
            "\", \"maximum\": 9},";
  return text + "\"d" + std::to_string(length) + "\": {\"minimum\": 1}}}";
}

TEST(SchemaWork, OfSchemasInARowIsBounded) {
  EXPECT_EQ(check(chain_of(900), "1").outcome, Outcome::valid);
  EXPECT_EQ(check(chain_of(900), "0").outcome, Outcome::invalid);
  for (int length : {1100, 50'000})
    EXPECT_THAT(errors_of(chain_of(length)), ElementsAre(HasSubstr("schemas lead to each other too deep")))
        << length;
}

TEST(SchemaWork, OfUniqueItemsIsNotQuadratic) {
  std::string numbers = "[", objects = "[", same = "[";
  for (int i = 0; i < 20'000; ++i) {
    numbers += std::to_string(i) + ",";
    objects += "{\"a\":" + std::to_string(i) + "},";
  }
  EXPECT_EQ(check(R"({"uniqueItems": true})", numbers + "-1]").outcome, Outcome::valid);
  EXPECT_EQ(check(R"({"uniqueItems": true})", numbers + "7]").outcome, Outcome::invalid);
  EXPECT_EQ(check(R"({"uniqueItems": true})", objects + "0]").outcome, Outcome::valid);
  EXPECT_EQ(check(R"({"uniqueItems": true})", objects + "{\"a\":7.0}]").outcome, Outcome::invalid);
}

TEST(SchemaWork, GoesAsDeepAsADocument) {
  std::string deep(190, '[');
  deep += std::string(190, ']');
  EXPECT_EQ(check(R"({"items": {"$ref": "#"}, "type": "array"})", deep).outcome, Outcome::valid);
  EXPECT_EQ(check(R"({"items": {"$ref": "#"}, "maxItems": 0})", deep).outcome, Outcome::invalid);
}

}  // namespace
}  // namespace sluice::filters::validate
